package io.fulmar.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.agent.io.simulated.SimulatedPin;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fulmar agent io} beside a real agent, whose simulated pins other processes see. */
class IoCommandIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String ACTS = """

            [[pipeline.act]]
            type = "output"
            output = "horn"
            labels = ["normal"]
            """;
    private static final String WIRED = """

            [hardware]
            provider = "simulated"
            [[hardware.input]]
            name = "door"
            pin = 17
            pull = "up"
            debounce = "0s"
            [[hardware.output]]
            name = "valve"
            pin = 27
            safe = "high"
            [[hardware.output]]
            name = "lamp"
            pin = 22
            pull = "down"
            [[hardware.output]]
            name = "latch"
            pin = 23
            safe = "hold"
            [[hardware.output]]
            name = "horn"
            pin = 24
            [[hardware.pwm]]
            name = "fan"
            pin = 18
            safe = 0.25
            [[hardware.sensor]]
            name = "climate"
            type = "bme280"
            bus = "i2c1"
            """;

    @TempDir
    private Path dir;

    private final List<Process> processes = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private SimulatedBoard board;

    @BeforeEach
    void write() throws IOException {
        Path example = Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml");
        String text = Files.readString(example)
                .replace("../../state/simulated-1", dir.resolve("state").toString())
                .replace("../..", example.resolve("../../..").normalize().toString());
        Files.writeString(dir.resolve("device.toml"), text + ACTS + WIRED);
        board = SimulatedBoard.open(dir.resolve("state"), System::nanoTime);
    }

    @AfterEach
    void killWhatIsLeft() throws IOException {
        processes.forEach(process -> process.destroyForcibly().onExit().join());
        Files.deleteIfExists(board.file());
    }

    private int io(String... args) {
        List<String> all = new ArrayList<>(List.of("agent", "io"));
        all.addAll(List.of(args));
        all.addAll(List.of("--config", dir.resolve("device.toml").toString()));
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private Process fulmar(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "agent"));
        command.addAll(List.of(args));
        command.addAll(List.of("--config", dir.resolve("device.toml").toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(dir.resolve("output").toFile()))
                .start();
        processes.add(process);
        return process;
    }

    private void awaitHolder(int pin, long holder) {
        await("process " + holder + " to hold GPIO " + pin, () -> board.pin(pin).holder() == holder);
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    @Test
    void afterASigkillNobodyDrivesThePinsUntilTheyAreHeldAtTheirSafeLevels() throws Exception {
        Process agent = fulmar("--quiet", "--set", "mqtt.url=mqtt://127.0.0.1:9");
        awaitHolder(17, agent.pid());
        assertThat(board.pin(27).level()).isEqualTo(Level.HIGH);
        assertThat(board.pin(22).level()).isEqualTo(Level.LOW);
        assertThat(board.pin(18).share()).isEqualTo(0.25);

        await("a decision to move the horn", () -> board.pin(24).level() == Level.HIGH);

        assertThat(io("set", "valve", "low")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString())
                .contains("GPIO 27 is held by process " + agent.pid())
                .contains("hint: ");
        assertThat(io("safe")).isEqualTo(ExitCode.FAILED);
        assertThat(io("simulate", "door", "low")).isEqualTo(ExitCode.OK);
        assertThat(io("read", "door", "fan", "--json")).isEqualTo(ExitCode.OK);
        assertThat(out).hasToString("{\"name\":\"door\",\"value\":\"low\"}\n{\"name\":\"fan\",\"value\":\"0.250\"}\n");

        agent.destroyForcibly().onExit().join();

        assertThat(board.pin(27)).isEqualTo(new SimulatedPin(27, SimulatedPin.Role.OUTPUT, null, 0, 0));
        assertThat(board.pin(24).level())
                .as("it was high, and nobody drives it")
                .isNull();
        assertThat(board.pin(22).level()).as("its resistor holds it").isEqualTo(Level.LOW);
        assertThat(io("list")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).containsPattern("valve +output +GPIO 27 +- +high +none +floating +nobody");

        Process holder = fulmar("io", "safe", "--hold");
        awaitHolder(18, holder.pid());
        assertThat(board.pin(24).level()).as("safe").isEqualTo(Level.LOW);
        assertThat(board.pin(27).level()).isEqualTo(Level.HIGH);
        assertThat(board.pin(22)).isEqualTo(new SimulatedPin(22, SimulatedPin.Role.OUTPUT, Level.LOW, 0, holder.pid()));
        assertThat(board.pin(23).holder())
                .as("one that holds what it had is left alone")
                .isZero();

        holder.destroy();
        assertThat(holder.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(holder.exitValue())
                .as(Files.readString(dir.resolve("output")))
                .isZero();
        assertThat(board.pin(27).holder()).isZero();
    }

    @Test
    void outputsAreMadeSafeWhateverIsWrongWithTheRestOfTheFile() throws IOException {
        Files.writeString(
                dir.resolve("device.toml"),
                Files.readString(dir.resolve("device.toml"))
                        .replace(
                                "[mqtt]\n",
                                "[mqtt]\nusername = \"u\"\npassword_file = \"credential:mqtt\"\nnonsense = 1\n"));

        assertThat(io("safe")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("valve high").contains("horn low");
    }

    @Test
    void anOutputIsMovedForAWhileAndThenSafe() {
        assertThat(io("set", "lamp", "high", "--for", "1ms")).isEqualTo(ExitCode.OK);
        assertThat(out).hasToString("lamp high\nlamp low\n");
        assertThat(io("set", "fan", "0.5", "--for", "1ms", "--json")).isEqualTo(ExitCode.OK);
        assertThat(out).hasToString("{\"name\":\"fan\",\"value\":\"0.500\"}\n{\"name\":\"fan\",\"value\":\"0.250\"}\n");
        assertThat(board.pin(22).holder()).isZero();
    }

    @Test
    void aSensorIsReadAndWhatIsWrongWithItIsSaid() {
        assertThat(io("read", "climate")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).matches("climate 21\\.[45]\\d+ °C, 4[45]\\.\\d+ %, 1006\\.[45]\\d+ hPa\n");

        assertThat(io("simulate", "climate", "nack")).isEqualTo(ExitCode.OK);
        assertThat(io("read", "climate")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString())
                .contains("sensor climate (BME280 at i2c1 0x76): no answer: nothing acknowledges on i2c1 0x76")
                .contains("hint: check the wiring");
        assertThat(io("simulate", "climate", "tired")).isEqualTo(ExitCode.USAGE);
        assertThat(io("list")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).containsPattern("climate +sensor +i2c1 0x76");
    }

    @Test
    void aChangeIsALine() {
        assertThat(io("watch", "--for", "1ms")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).endsWith(" door high\n");
    }

    @Test
    void whatCannotBeDoneIsSaidWithWhatToDo() {
        assertThat(io("set", "valv", "low")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString())
                .contains("nothing named \"valv\" is wired; there are door, valve, lamp, latch, horn, fan, climate");
        assertThat(io("set", "valve", "medium")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("'medium' is neither low nor high");
        assertThat(io("set", "fan", "2")).isEqualTo(ExitCode.USAGE);
        assertThat(io("set", "door", "low")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("door is no output").contains("io simulate");
        assertThat(io("simulate", "door", "open")).isEqualTo(ExitCode.USAGE);
        assertThat(io("read", "x")).isEqualTo(ExitCode.FAILED);
        assertThat(io("list", "--set", "hardware.output.1.pin=27")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("GPIO 27 is used by [[hardware.output]] \"valve\" already");
        assertThat(io()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aDeviceWithoutWiringIsToldHowToBegin() throws IOException {
        Path file = dir.resolve("device.toml");
        Files.writeString(file, Files.readString(file).replace(ACTS, "").replace(WIRED, ""));

        assertThat(io("list")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("has no [hardware]").contains("provider = \"simulated\"");
    }
}
