package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiSettingsTest {
    private static final String API = ConfigFolder.GOOD + "[api]\n";

    private final ConfigFolder folder;

    ApiSettingsTest(@TempDir Path dir) {
        folder = new ConfigFolder(dir);
    }

    @Test
    void aDeviceThatSaysNothingIsCalledFromItsOwnMachineOnly() {
        ApiSettings api = folder.loaded(ConfigFolder.GOOD).api();

        assertThat(api)
                .isEqualTo(new ApiSettings(true, "127.0.0.1", null, null, 8 << 20, 16, Duration.ofSeconds(10), 1));
        assertThat(api.wantedPort()).isEqualTo(8_081);
    }

    @Test
    void anAddressThatOthersReachNeedsAToken() throws IOException {
        folder.secret("token", "0123456789abcdef\n");

        assertThat(folder.texts(folder.sources(API + "host = \"0.0.0.0\"\n")))
                .containsExactly("device.toml:19:1: api.host: is an address that others can reach: name a file with a"
                        + " token that callers must know under token_file, or leave host out");
        ApiSettings api =
                folder.loaded(API + "host = \"::\"\ntoken_file = \"token\"\n").api();
        assertThat(Objects.requireNonNull(api.token()).reveal()).isEqualTo("0123456789abcdef");
    }

    @Test
    void aNameIsNoAddress() {
        assertThat(folder.texts(folder.sources(API + "host = \"localhost\"\n")))
                .containsExactly(
                        "device.toml:19:1: api.host: expected an address, such as 127.0.0.1, ::1 or 0.0.0.0 for"
                                + " all of this device");
    }

    @Test
    void aTokenThatCanBeGuessedOrThatOthersSeeIsRefused() throws IOException {
        folder.secret("token", "0123456789abcde");

        assertThat(folder.texts(folder.sources(API + "token_file = \"token\"\n")))
                .singleElement()
                .asString()
                .startsWith("device.toml:19:1: api.token_file: expected at least 16 characters in that file")
                .doesNotContain("0123");
        assertThat(folder.texts(folder.sources(API + "token = \"0123456789abcdef\"\n")))
                .singleElement()
                .asString()
                .startsWith("device.toml:19:1: api.token: does not belong in here")
                .doesNotContain("0123");
    }

    @Test
    void whoMayCallIsSaidByTheDeviceItself() {
        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD).remote("desired", "[api]\nhost = \"0.0.0.0\"\n")))
                .containsExactly("desired:2:1: api.host: can only be said by the device's own file");
    }
}
