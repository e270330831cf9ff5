package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DesiredTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("sync/src/test/resources/golden/v1/desired.json");

    @Test
    void aDesiredStateIsReadAsItWasWritten() {
        assertThat(DesiredCodec.decode(DesiredCodec.encode(Samples.desired()))).isEqualTo(Samples.desired());
    }

    @Test
    void theModelsOfADesiredStateAreReadAsTheyWereWritten() {
        Desired desired = Samples.desiredModels();
        assertThat(DesiredCodec.decode(DesiredCodec.encode(desired))).isEqualTo(desired);
        String text = new String(DesiredCodec.encode(desired), StandardCharsets.UTF_8);
        assertThatThrownBy(() -> decode(text.replace("\"meter\"", "\"bearing\"")))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> decode(text.replace("\"release\":3", "\"release\":0")))
                .hasMessageContaining("'release'");
        assertThatThrownBy(() -> decode(text.replace("\"statement\"", "\"statemnt\"")))
                .hasMessageContaining("has no 'statemnt'");
        assertThatThrownBy(() -> decode(text.replace("\"assigned\":8", "\"assigned\":9")))
                .hasMessageContaining("'assigned' 9");
        assertThatThrownBy(() -> decode(text.replace("\"shadowMs\":3600000", "\"shadowMs\":2592000001")))
                .hasMessageContaining("'shadowMs'");
    }

    private static Desired decode(String json) {
        return DesiredCodec.decode(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theBytesThatAreSignedStayTheSame() throws IOException {
        assertThat(DesiredCodec.encode(Samples.desired())).isEqualTo(Files.readAllBytes(GOLDEN));
    }

    @Test
    void aLongFragmentIsRead() {
        Desired desired = new Desired(1, "d", Desired.Config.of("# comment\n".repeat(5_000)));

        assertThat(DesiredCodec.decode(DesiredCodec.encode(desired))).isEqualTo(desired);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "                                                          | is a JSON object",
                "{}                                                        | 'version' is missing",
                "{\"version\":0,\"device\":\"d\",\"config\":{}}            | 'version' starts at 1",
                "{\"version\":-1,\"device\":\"d\",\"config\":{}}           | 'version' must be not negative",
                "{\"version\":1e9,\"device\":\"d\",\"config\":{}}          | 'version' must be a whole number",
                "{\"version\":1,\"config\":{}}                             | 'device' is missing",
                "{\"version\":1,\"device\":\"a/b\",\"config\":{}}          | 'device' is no device id",
                "{\"version\":1,\"device\":\"d\"}                          | 'config' is missing",
                "{\"version\":1,\"device\":\"d\",\"confg\":{}}             | has no 'confg'",
                "{\"version\":1,\"device\":\"d\",\"config\":{\"x\":1}}     | its 'config' has no 'x'",
                "{\"version\":1,\"device\":\"d\",\"config\":{\"sha256\":\"00\",\"toml\":\"\"}} | is not the digest of 'toml', which is e3b0c442",
            })
    void whatIsNotExactlyADesiredStateIsRefused(String json, String why) {
        byte[] bytes = (json == null ? "" : json).getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> DesiredCodec.decode(bytes))
                .isInstanceOf(WireException.class)
                .hasMessageContaining(why);
    }
}
