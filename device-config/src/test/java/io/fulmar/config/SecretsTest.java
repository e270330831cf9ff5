package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
    private static final String PLAIN = "correct horse battery staple";
    private static final String FROM_FILE =
            ConfigFolder.GOOD + "[mqtt]\nusername = \"pump\"\npassword_file = \"password\"\n";

    private final Path dir;
    private final ConfigFolder folder;

    SecretsTest(@TempDir Path dir) {
        this.dir = dir;
        folder = new ConfigFolder(dir);
    }

    @Test
    void aPasswordIsTheOneLineOfItsFile() throws IOException {
        folder.secret("password", PLAIN + "\n");

        Mqtt mqtt = folder.loaded(FROM_FILE).mqtt();

        assertThat(mqtt.username()).isEqualTo("pump");
        assertThat(mqtt.password()).isEqualTo(new Secret(PLAIN, "anywhere"));
        assertThat(mqtt.password()).extracting(Secret::origin).isEqualTo(dir + "/password");
    }

    @Test
    void theEnvironmentHasTheLastWordOnThePasswordAndOnNothingElse() throws IOException {
        folder.secret("password", "another");

        Mqtt mqtt = folder.loaded(folder.sources(FROM_FILE)
                        .environment(Map.of("FULMAR_MQTT_PASSWORD", PLAIN, "FULMAR_MQTT_USERNAME", "root")))
                .mqtt();

        assertThat(mqtt.password()).isEqualTo(new Secret(PLAIN, ""));
        assertThat(mqtt.username()).isEqualTo("pump");
    }

    @Test
    void aCredentialOfSystemdIsReadFromItsDirectory() throws IOException {
        folder.write("run/credentials/mqtt", PLAIN);
        Files.setPosixFilePermissions(
                dir.resolve("run/credentials/mqtt"), PosixFilePermissions.fromString("r--r-----"));
        ConfigSources sources = folder.sources(FROM_FILE.replace("\"password\"", "\"credential:mqtt\""));

        assertThat(folder.loaded(sources.environment(Map.of("CREDENTIALS_DIRECTORY", dir + "/run/credentials")))
                        .mqtt()
                        .password())
                .isEqualTo(new Secret(PLAIN, ""));
        assertThat(folder.texts(sources))
                .containsExactly("device.toml:20:1: mqtt.password_file: is a credential of systemd, but"
                        + " CREDENTIALS_DIRECTORY is not set; start the service with LoadCredential=mqtt:PATH");
        assertThat(folder.texts(folder.sources(FROM_FILE.replace("\"password\"", "\"credential:../../../password\""))
                        .environment(Map.of("CREDENTIALS_DIRECTORY", dir + "/run/credentials"))))
                .containsExactly("device.toml:20:1: mqtt.password_file: expected the name of a credential behind"
                        + " credential:");
    }

    @Test
    void whoNeedsOnlyOtherTablesNeedsNoCredential() {
        ConfigSources sources = folder.sources(FROM_FILE.replace("\"password\"", "\"credential:mqtt\""));

        assertThat(ConfigLoader.load(sources, Set.of("device", "hardware"))).isInstanceOf(LoadResult.Loaded.class);
        assertThat(ConfigLoader.load(sources, Set.of("device", "mqtt"))).isInstanceOf(LoadResult.Invalid.class);
        assertThat(ConfigLoader.load(folder.sources("[device"), Set.of("device")))
                .isInstanceOf(LoadResult.Invalid.class);
    }

    @Test
    void aPasswordFileThatOthersCanReadOrWriteIsRefusedWithWhatToRun() throws IOException {
        folder.secret("password", PLAIN);
        for (String permissions : new String[] {"rw-r--r--", "rw-r-----", "rw----r--", "rw--w----"}) {
            Files.setPosixFilePermissions(dir.resolve("password"), PosixFilePermissions.fromString(permissions));

            assertThat(folder.texts(FROM_FILE))
                    .containsExactly("device.toml:20:1: mqtt.password_file: can be read or written by others ("
                            + permissions + "); run chmod 600 on that file");
        }
    }

    @Test
    void aPasswordInTheConfigurationIsRefusedAndNotRepeated() {
        String refusal =
                "mqtt.password: does not belong in here, where others may see it; put it into a file of its own,"
                        + " chmod 600 that, and name it with password_file, or set FULMAR_MQTT_PASSWORD";

        assertThat(folder.texts(ConfigFolder.GOOD + "[mqtt]\npassword = \"" + PLAIN + "\"\n"))
                .containsExactly("device.toml:19:1: " + refusal);
        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("mqtt.password", PLAIN)))
                .containsExactly("--set:1:1: " + refusal);
    }

    @Test
    void aPasswordInThePlaceOfItsFileIsNotRepeated() {
        assertThat(folder.texts(FROM_FILE.replace("\"password\"", "\"" + PLAIN + "\"")))
                .containsExactly("device.toml:20:1: mqtt.password_file: cannot be read: there is no such file");
        assertThat(folder.texts(FROM_FILE.replace("\"password\"", "[\"" + PLAIN + "\"]")))
                .allSatisfy(text -> assertThat(text).doesNotContain(PLAIN));
        assertThat(folder.texts(FROM_FILE.replace("\"password\"", "98765")))
                .allSatisfy(text -> assertThat(text).doesNotContain("98765"));
    }

    @Test
    void aPasswordNeedsAUser() throws IOException {
        folder.secret("password", PLAIN);

        assertThat(folder.texts(FROM_FILE.replace("username = \"pump\"\n", "")))
                .containsExactly("device.toml:18:1: mqtt.username: is missing; there is a password for it");
        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD).environment(Map.of(Secrets.PASSWORD, PLAIN))))
                .containsExactly("device.toml:1:1: mqtt.username: is missing; there is a password for it");
    }

    @Test
    void aPasswordFileHasOneLine() throws IOException {
        for (String text : new String[] {"", "\n", "a\nb\n", "a\r\n", "a\0", "x".repeat(5_000)}) {
            folder.secret("password", text);

            assertThat(folder.texts(FROM_FILE))
                    .containsExactly(
                            "device.toml:20:1: mqtt.password_file: expected one line of at most 4096 bytes in that file");
        }
    }

    @Test
    void aSecretIsShownNowhere() throws IOException {
        folder.secret("password", PLAIN);

        DeviceConfig config = folder.loaded(FROM_FILE);

        assertThat(config.toString()).contains("(secret)").doesNotContain(PLAIN);
        assertThat(String.valueOf(config.mqtt().password())).isEqualTo("(secret)");
    }
}
