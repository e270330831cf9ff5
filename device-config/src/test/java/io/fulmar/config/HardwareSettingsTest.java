package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.config.HardwareSettings.Pull;
import io.fulmar.config.HardwareSettings.Safe;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HardwareSettingsTest {
    private static final String PI =
            ConfigFolder.GOOD.replace("id = \"pump-7\"", "id = \"pump-7\"\nboard = \"raspberry-pi-4\"");

    private static final GuardSettings USUAL = new GuardSettings(Duration.ZERO, 60, Duration.ofSeconds(30), null, true);

    private final ConfigFolder folder;

    HardwareSettingsTest(@TempDir Path dir) {
        folder = new ConfigFolder(dir);
    }

    /** Problems of the lines below, which are counted from 1. */
    private List<String> problems(String good, String hardware) {
        int above = (int) good.lines().count();
        return folder.problems(good + hardware).stream()
                .map(it -> (it.line() - above) + ":" + it.column() + " " + it.key() + " " + it.message())
                .toList();
    }

    @Test
    void withoutTheTableNothingIsWired() {
        assertThat(folder.loaded(ConfigFolder.GOOD).hardware()).isEqualTo(HardwareSettings.NONE);
    }

    @Test
    void whatIsWiredIsSaidByNames() {
        HardwareSettings hardware = folder.loaded(PI + """
                [hardware]
                provider = "simulated"
                [[hardware.input]]
                name = "door"
                pin = 17
                pull = "up"
                [[hardware.output]]
                name = "valve"
                pin = 27
                [[hardware.pwm]]
                name = "fan"
                pin = 18
                frequency = 25000
                """).hardware();

        assertThat(hardware.names()).containsExactly("door", "valve", "fan");
        assertThat(hardware.input("door"))
                .contains(new HardwareSettings.Input("door", 17, Pull.UP, Duration.ofMillis(5)));
        assertThat(hardware.output("valve"))
                .contains(new HardwareSettings.Output("valve", 27, Safe.LOW, Pull.NONE, USUAL));
        assertThat(hardware.pwm("fan")).contains(new HardwareSettings.Pwm("fan", 18, 25_000, 0, USUAL));
        assertThat(hardware.output("door")).isEmpty();
    }

    @Test
    void aPinThatTheBoardDoesNotHaveThatIsUsedTwiceOrThatHasNoPwmIsAProblemWithItsPlace() {
        assertThat(problems(PI, """
                [hardware]
                provider = "simulated"
                [[hardware.input]]
                name = "door"
                pin = 28
                [[hardware.output]]
                name = "valve"
                pin = 27
                [[hardware.output]]
                name = "lamp"
                pin = 27
                [[hardware.pwm]]
                name = "fan"
                pin = 17
                """))
                .containsExactly(
                        "5:1 hardware.input.0.pin is 28, but the Raspberry Pi 4 Model B has GPIO 0 to 27",
                        "11:1 hardware.output.1.pin GPIO 27 is used by [[hardware.output]] \"valve\" already",
                        "14:1 hardware.pwm.0.pin GPIO 17 has no PWM on the Raspberry Pi 4 Model B; 12, 13, 18, 19 have");
    }

    @Test
    void namesAreThereOnceAResistorDoesNotContradictAndTheProviderIsSaid() {
        assertThat(problems(ConfigFolder.GOOD, """
                [[hardware.output]]
                name = "valve"
                pin = 27
                pull = "up"
                [[hardware.input]]
                name = "valve"
                [[hardware.output]]
                name = "lamp"
                pin = 3
                safe = "hold"
                pull = "up"
                """))
                .containsExactlyInAnyOrder(
                        "1:1 hardware.provider is missing; say who gives access to the pins: \"pi4j\" or \"simulated\"",
                        "2:1 hardware.output.0.name there is another [[hardware.input]] named \"valve\"",
                        "4:1 hardware.output.0.pull the resistor takes the line high while no process drives it,"
                                + " but its safe level is low",
                        "5:1 hardware.input.0.pin is missing; expected a whole number from 0 to 127");
    }

    @Test
    void aSensorTakesThePinsOfItsBusAndAnAddressOfItsOwn() {
        assertThat(problems(PI, """
                [hardware]
                provider = "simulated"
                [[hardware.sensor]]
                name = "one"
                type = "adxl345"
                bus = "i2c1"
                rate = 300
                [[hardware.sensor]]
                name = "two"
                type = "adxl345"
                bus = "i2c1"
                [[hardware.sensor]]
                name = "three"
                type = "mcp3008"
                bus = "spi2"
                [[hardware.sensor]]
                name = "four"
                type = "bme280"
                bus = "i2c1"
                address = 0x40
                [[hardware.input]]
                name = "door"
                pin = 3
                """))
                .containsExactly(
                        "7:1 hardware.sensor.0.rate is 300; expected 25, 50, 100, 200, 400, 800 Hz",
                        "8:1 hardware.sensor.1.address 0x53 is another sensor's on i2c1 already",
                        "15:1 hardware.sensor.2.bus the Raspberry Pi 4 Model B has spi0, spi1, not \"spi2\"",
                        "20:1 hardware.sensor.3.address is 0x40; this chip answers at 0x76 or 0x77",
                        "23:1 hardware.input.0.pin GPIO 3 is used by i2c1 (scl) already");
    }

    @Test
    void aSourceNamesASensorThatIsThere() {
        String text = ConfigFolder.GOOD.replace(
                "type = \"simulated\"\nrate = 10", "type = \"sensor\"\nsensor = \"vibratoin\"");
        assertThat(problems(text, """
                [hardware]
                provider = "simulated"
                [[hardware.sensor]]
                name = "vibration"
                type = "lis3dh"
                bus = "i2c1"
                """))
                .singleElement()
                .asString()
                .contains(
                        "pipeline.0.source.sensor there is no [[hardware.sensor]] named \"vibratoin\"; defined: vibration");
    }

    @Test
    void anOutputIsMovedByOnePipelineForLabelsThatTheModelHasAndLockedByWhatIsThere() {
        String text = ConfigFolder.GOOD + """
                [[pipeline.act]]
                type = "output"
                output = "valve"
                labels = ["imbalanc"]
                [[pipeline.act]]
                type = "output"
                output = "valve"
                [[pipeline.act]]
                type = "pwm"
                pwm = "valve"
                """;
        assertThat(problems(text, """
                [hardware]
                provider = "simulated"
                [[hardware.output]]
                name = "valve"
                pin = 27
                interlock = "dor"
                [[hardware.input]]
                name = "door"
                pin = 17
                """).stream().map(it -> it.substring(it.indexOf(' ') + 1)))
                .containsExactlyInAnyOrder(
                        "hardware.output.0.interlock there is no input or output named \"dor\"; defined: door, valve",
                        "pipeline.0.act.0.labels \"imbalanc\" is not a label of this pipeline's model",
                        "pipeline.0.act.1.output \"valve\" is moved by pipeline vibration already",
                        "pipeline.0.act.2.pwm there is no [[hardware.pwm]] named \"valve\"; defined: none",
                        "pipeline.0.act.2.pwm \"valve\" is moved by pipeline vibration already");
    }

    @Test
    void whatAnActNeedsIsThereAndWithinTheRules() throws IOException {
        folder.secret("token", "known to a few only");
        String text = ConfigFolder.GOOD + """
                [[pipeline.act]]
                type = "mqtt"
                topic = "fulmar/v1/d/pump-8/cmd"
                [[pipeline.act]]
                type = "mqtt"
                topic = "plant/#"
                interlock = "dor"
                [[pipeline.act]]
                type = "http"
                name = "hook"
                url = "ftp://h.example/"
                [[pipeline.act]]
                type = "http"
                name = "hook"
                url = "http://h.example/"
                token_file = "token"
                labels = ["normal", "fine"]
                [[pipeline.act]]
                type = "exec"
                [[pipeline.act]]
                type = "log"
                interlock_level = "low"
                """;
        assertThat(folder.problems(text).stream().map(it -> it.key() + " " + it.message()))
                .containsExactlyInAnyOrder(
                        "pipeline.0.act.0.topic is one of the fleet's: choose one that does not begin with fulmar/v1/",
                        "pipeline.0.act.1.topic expected a topic to publish to, without + or # and not beginning with $",
                        "pipeline.0.act.1.interlock there is no input or output named \"dor\"; defined: none",
                        "pipeline.0.act.2.url expected http://HOST/PATH or https://HOST/PATH, without user and password: a"
                                + " secret belongs into a token_file",
                        "pipeline.0.act.3.name there is another one named \"hook\" in this pipeline",
                        "pipeline.0.act.3.token_file would cross the network for all to see; use a url with https://",
                        "pipeline.0.act.3.labels \"fine\" is not a label of this pipeline's model",
                        "pipeline.0.act.4.command expected a program and its arguments, such as"
                                + " [\"/usr/local/bin/horn\", \"--short\"]",
                        "pipeline.0.act.4.type pipelines may run no programs on this device: write allow_exec = true into"
                                + " its [hardware]",
                        "pipeline.0.act.5.interlock_level needs interlock beside it");
    }

    @Test
    void theFleetCanSayWhenToActButNotWhatToRunNorWhomToCall() {
        String own = "hardware.allow_exec = true\n" + ConfigFolder.GOOD + """
                [[pipeline.act]]
                type = "exec"
                name = "horn"
                command = ["bin/horn"]
                """;
        String when = """
                [[pipeline]]
                name = "vibration"
                [[pipeline.act]]
                name = "horn"
                when = "alarm"
                """;
        assertThat(folder.loaded(folder.sources(own).remote("desired", when))
                        .pipelines()
                        .getFirst()
                        .act())
                .singleElement()
                .isInstanceOfSatisfying(ActSettings.Command.class, act -> {
                    assertThat(act.occasion().when()).isEqualTo(ActSettings.When.ALARM);
                    assertThat(act.command()).first().asString().startsWith("/").endsWith("/bin/horn");
                });
        assertThat(folder.texts(folder.sources(own).remote("desired", when + """
                command = ["/bin/sh", "-c", "evil"]
                [[pipeline.act]]
                type = "http"
                url = "http://127.0.0.1/"
                [[pipeline.act]]
                type = "mqtt"
                topic = "plant/7"
                """)))
                .containsExactly(
                        "desired:6:1: pipeline.0.act.0.command: can only be said by the device's own file",
                        "desired:8:1: pipeline.0.act.1.type: can only be said by the device's own file",
                        "desired:9:1: pipeline.0.act.1.url: can only be said by the device's own file");
    }

    @Test
    void aBoardWithoutPinsLeavesThemToTheSimulator() {
        String text =
                "hardware = { provider = \"simulated\", output = [{ name = \"v\", pin = 99 }] }\n" + ConfigFolder.GOOD;

        assertThat(folder.loaded(text, Map.of("device.board", "generic-x86-64"))
                        .hardware()
                        .outputs())
                .hasSize(1);
    }

    @Test
    void realPinsAreThoseOfABoardThatHasSome() {
        String real = "[hardware]\nprovider = \"pi4j\"\n";
        assertThat(folder.loaded(PI + real).hardware().provider()).isEqualTo(HardwareSettings.Provider.PI4J);
        assertThat(problems(ConfigFolder.GOOD, real))
                .containsExactly("2:1 hardware.provider needs to know the board: say device.board");
        assertThat(problems(PI.replace("raspberry-pi-4", "generic-x86-64"), real))
                .singleElement()
                .asString()
                .startsWith("2:1 hardware.provider the board ")
                .endsWith(" has no pins; \"simulated\" needs none");
    }

    @Test
    void theFleetCannotSayWhatIsWired() {
        assertThat(folder.texts(
                        folder.sources(ConfigFolder.GOOD).remote("desired", "[hardware]\nprovider = \"simulated\"\n")))
                .containsExactly("desired:2:1: hardware.provider: can only be said by the device's own file");
    }
}
