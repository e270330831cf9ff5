package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoardProfileTest {
    private final ConfigFolder folder;

    BoardProfileTest(@TempDir Path dir) {
        folder = new ConfigFolder(dir);
    }

    @Test
    void everyNamedProfileCanBeReadAndSuitsTheLimitsOfTheKeysThatItStandsBelow() {
        for (String name : BoardProfile.NAMES) {
            BoardProfile profile = BoardProfile.named(name).orElseThrow();

            assertThat(profile.name()).isEqualTo(name);
            assertThat(profile.outboxQuotaBytes()).isBetween(1L << 20, 1L << 40);
            assertThat(profile.modelThreads()).isBetween(1, 64);
        }
        assertThat(BoardProfile.named("raspberry-pi-1")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"raspberry-pi-3", "raspberry-pi-4", "raspberry-pi-5", "raspberry-pi-zero-2-w"})
    void aRaspberryPiHas28PinsOnTheHeaderAndEachBusUsesThose(String name) {
        BoardProfile profile = BoardProfile.named(name).orElseThrow();

        assertThat(profile.pins())
                .extracting(BoardProfile.Pin::gpio)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 28).boxed().toList());
        assertThat(profile.pins())
                .extracting(BoardProfile.Pin::header)
                .doesNotHaveDuplicates()
                .doesNotContain(1, 2, 4, 6, 9, 14, 17, 20, 25, 30, 34, 39)
                .allSatisfy(header -> assertThat(header).isBetween(1, 40));
        assertThat(profile.buses())
                .extracting(BoardProfile.Bus::name)
                .containsExactly("i2c1", "spi0", "spi1", "uart0", "pwm0");
        assertThat(profile.buses())
                .allSatisfy(bus -> assertThat(bus.pins().values())
                        .allSatisfy(gpio -> assertThat(profile.pins())
                                .extracting(BoardProfile.Pin::gpio)
                                .contains(gpio)));
    }

    @Test
    void whatAPinIsForIsSaid() {
        BoardProfile pi = BoardProfile.named("raspberry-pi-4").orElseThrow();

        assertThat(pi.uses(new BoardProfile.Pin(2, 3))).containsExactly("i2c1 sda");
        assertThat(pi.uses(new BoardProfile.Pin(18, 12))).containsExactly("spi1 ce0", "pwm0 channel0_too");
        assertThat(pi.uses(new BoardProfile.Pin(4, 7))).isEmpty();
        assertThat(pi.gpioChip()).isEqualTo("pinctrl-bcm2711");
    }

    @Test
    void theBoardsDefaultsLieBelowTheFile() {
        DeviceConfig config = folder.loaded(ConfigFolder.GOOD, Map.of("device.board", "raspberry-pi-zero-2-w"));
        DeviceConfig said = folder.loaded(
                ConfigFolder.GOOD,
                Map.of("device.board", "raspberry-pi-zero-2-w", "outbox.quota", "7MiB", "model.0.threads", "3"));

        assertThat(config.outbox().quotaBytes()).isEqualTo(128L << 20);
        assertThat(config.models().getFirst().threads()).isEqualTo(1);
        assertThat(folder.loaded(ConfigFolder.GOOD, Map.of("device.board", "raspberry-pi-4"))
                        .models()
                        .getFirst()
                        .threads())
                .isEqualTo(2);
        assertThat(said.outbox().quotaBytes()).isEqualTo(7L << 20);
        assertThat(said.models().getFirst().threads()).isEqualTo(3);
    }

    @Test
    void aBoardThatIsNotKnownIsNamedWithTheNearest() {
        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("device.board", "raspbery-pi-4")))
                .containsExactly(
                        "--set:1:1: device.board: expected one of raspberry-pi-3, raspberry-pi-4, raspberry-pi-5,"
                                + " raspberry-pi-zero-2-w, generic-x86-64, not \"raspbery-pi-4\" (did you mean raspberry-pi-4?)");
    }
}
