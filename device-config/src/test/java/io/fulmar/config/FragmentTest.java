package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FragmentTest {
    private static final Origin ORIGIN = new Origin(Layer.REMOTE, 0, "text", Path.of("/"));

    private final ConfigFolder folder;

    FragmentTest(@TempDir Path dir) {
        folder = new ConfigFolder(dir);
    }

    @Test
    void whatIsWrittenIsReadAsTheSame() throws IOException {
        for (Path example : ExamplesTest.examples()) {
            assertSame(Files.readString(example));
        }
        assertSame(ConfigTextTest.EVERYTHING);
        assertSame("""
                "a key. with \\"quotes\\"" = "\\u0000\\u007F\\t\\n\\\\"
                numbers = [1, -9223372036854775807, 0.1, 1e300, -0.0, inf, -inf, nan]
                dates = [2026-11-21T00:00:00Z, 2026-11-21T00:00:00, 2026-11-21, 00:00:00]
                mixed = [1, { a = { b = [] } }, [[], [{}]]]
                empty = {}
                [deep.er]
                [[deep.est]]
                [[deep.est]]
                a.b.c = true
                """);
    }

    @Test
    void whateverCanBeReadIsWrittenAndReadAsTheSame() {
        Random random = new Random(20_261_121);
        for (int run = 0; run < 300; run++) {
            byte[] bytes = ConfigTextTest.EVERYTHING.getBytes(StandardCharsets.UTF_8);
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes = Mutations.ofBytes(bytes, random);
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (TomlDocument.parse(ORIGIN, text, new Problems()) != null) {
                assertSame(text);
            }
        }
    }

    @Test
    void oneFragmentOverAnotherIsBothWithTheUpperOneOnTop() {
        Fragment joined = Fragment.over(
                "log.level = \"warn\"\n[[pipeline]]\nname = \"vibration\"\nsource.rate = 5\n",
                "log.level = \"debug\"\n[[pipeline]]\nname = \"vibration\"\nrecord.policy = \"changes\"\n");

        DeviceConfig config = folder.loaded(folder.sources(ConfigFolder.GOOD).remote("joined", text(joined)));

        assertThat(config.log().level()).isEqualTo(Log.Level.DEBUG);
        assertThat(rate(config)).isEqualTo(5);
        assertThat(config.pipelines().getFirst().record().policy()).isEqualTo(new RecordSettings.Changes());
    }

    @Test
    void whatIsNotTomlIsSaidToBeWrong() {
        assertThat(Fragment.over("", "a = "))
                .isInstanceOfSatisfying(
                        Fragment.Wrong.class,
                        wrong -> assertThat(wrong.problems())
                                .extracting(Problem::text)
                                .allSatisfy(text -> assertThat(text).startsWith("the fragment:1:")));
    }

    @Test
    void dottedKeysNameModelsAndPipelines() {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("log.level", "warn");
        keys.put("pipeline.vibration.source.rate", 2.5);
        keys.put("pipeline.vibration.record.alarm_labels", List.of("imbalance"));
        keys.put("model.bearing.threads", 2L);
        keys.put("outbox", Map.of("quota", "2MiB"));

        assertThat(folder.texts(folder.sources(ConfigFolder.GOOD).remote("keys", text(Fragment.ofKeys(keys)))))
                .singleElement()
                .asString()
                .contains("outbox.quota: can only be said by the device's own file");
        keys.remove("outbox");
        DeviceConfig config =
                folder.loaded(folder.sources(ConfigFolder.GOOD).remote("keys", text(Fragment.ofKeys(keys))));
        assertThat(rate(config)).isEqualTo(2.5);
        assertThat(config.pipelines().getFirst().record().alarmLabels()).containsExactly("imbalance");
        assertThat(config.models().getFirst().threads()).isEqualTo(2);
    }

    @Test
    void keysThatAreNoneAreSaidToBeWrong() {
        for (String key : List.of("", ".", "a..b", "pipeline", "pipeline.vibration", "a.".repeat(100) + "a")) {
            assertThat(Fragment.ofKeys(Map.of(key, 1L))).as(key).isInstanceOf(Fragment.Wrong.class);
        }
        Map<String, Object> both = new LinkedHashMap<>();
        both.put("log", "warn");
        both.put("log.level", "warn");
        assertThat(Fragment.ofKeys(both)).isInstanceOf(Fragment.Wrong.class);
    }

    private static String text(Fragment fragment) {
        assertThat(fragment).isInstanceOf(Fragment.Text.class);
        return ((Fragment.Text) fragment).toml();
    }

    private static void assertSame(String toml) {
        String written = TomlWriter.text(parsed(toml));
        assertThat(plain(parsed(written))).as(written).isEqualTo(plain(parsed(toml)));
    }

    private static Node.Table parsed(String toml) {
        Problems problems = new Problems();
        Node.Table table = TomlDocument.parse(ORIGIN, toml, problems);
        assertThat(problems.inOrder()).as(toml).isEmpty();
        return Objects.requireNonNull(table);
    }

    /** The values without their places. */
    private static Object plain(Node node) {
        return switch (node) {
            case Node.Value value -> value.value();
            case Node.Array array ->
                array.items().stream().map(FragmentTest::plain).toList();
            case Node.Table table -> {
                Map<String, Object> entries = new LinkedHashMap<>();
                table.entries().forEach((key, value) -> entries.put(key, plain(value)));
                yield entries;
            }
        };
    }

    private static double rate(DeviceConfig config) {
        return ((SourceSettings.Simulated) config.pipelines().getFirst().source()).rate();
    }
}
