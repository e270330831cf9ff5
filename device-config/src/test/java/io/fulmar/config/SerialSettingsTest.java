package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.config.SourceSettings.Flow;
import io.fulmar.config.SourceSettings.Parity;
import io.fulmar.config.SourceSettings.SerialLine;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SerialSettingsTest {
    private final ConfigFolder folder;

    SerialSettingsTest(@TempDir Path dir) {
        folder = new ConfigFolder(dir);
    }

    private static String file(String keys) {
        return ConfigFolder.GOOD.replace("type = \"simulated\"\nrate = 10", "type = \"serial\"\n" + keys);
    }

    @Test
    void mostSensorsNeedOnlyThePort() {
        assertThat(folder.loaded(file("port = \"/dev/ttyUSB0\"\nformat = \"csv\""))
                        .pipelines()
                        .getFirst()
                        .source())
                .isInstanceOfSatisfying(SourceSettings.Serial.class, it -> {
                    assertThat(it.port()).isEqualTo(Path.of("/dev/ttyUSB0"));
                    assertThat(it.line()).isEqualTo(new SerialLine(9_600, 8, Parity.NONE, 1, Flow.NONE));
                });
    }

    @Test
    void whatCannotBeIsSaid() {
        assertThat(folder.texts(folder.sources(file("""
                        port = "ttyUSB0"
                        baud = 9601
                        flow = "software"
                        format = "raw"
                        """))))
                .hasSize(4)
                .anyMatch(it -> it.contains("port: expected a path such as /dev/ttyUSB0"))
                .anyMatch(it -> it.contains("baud: expected one of [300, 600, 1200"))
                .anyMatch(it -> it.contains("flow: expected none or hardware"))
                .anyMatch(it -> it.contains("start: is missing; without it nobody can tell where"));
    }

    @Test
    void noFleetSaysWhichPortADeviceOpens() {
        String own = file("port = \"/dev/ttyUSB0\"\nformat = \"csv\"");
        String remote = "[[pipeline]]\nname = \"vibration\"\n";

        assertThat(folder.loaded(folder.sources(own).remote("fleet", remote + "source.baud = 19200\n"))
                        .pipelines()
                        .getFirst()
                        .source())
                .isInstanceOfSatisfying(
                        SourceSettings.Serial.class,
                        it -> assertThat(it.line().baud()).isEqualTo(19_200));
        assertThat(folder.texts(folder.sources(own).remote("fleet", remote + "source.port = \"/dev/ttyS0\"\n")))
                .singleElement()
                .asString()
                .contains("port: can only be said by the device's own file");
    }
}
