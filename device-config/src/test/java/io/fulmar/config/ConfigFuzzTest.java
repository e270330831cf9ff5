package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFuzzTest {
    private static final List<String> SNIPPETS = List.of(
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            "=",
            "\"",
            "\"\"\"",
            "'",
            "\n",
            "\\",
            "#",
            ".",
            ",",
            "-1",
            "nan",
            "inf",
            "9223372036854775808",
            "1e999",
            "true",
            "2026-02-30",
            "\"99999999999999d\"",
            "\"1ZiB\"",
            "\0",
            "\uFFFF",
            "[pipeline]\n",
            "[[device]]\n",
            "[[pipeline.source]]\n",
            "a.b.c = {}\n",
            "\u00e9",
            "\"\\ud800\"");

    @Test
    void noMutationOfAnExampleIsAnythingButLoadedOrInvalid(@TempDir Path dir) throws IOException {
        fuzz(dir, 500, 20_261_121);
    }

    @Test
    @Tag("long")
    void noMutationOfManyIsAnythingButLoadedOrInvalid(@TempDir Path dir) throws IOException {
        fuzz(dir, 200_000, System.nanoTime());
    }

    private static void fuzz(Path dir, int runs, long seed) throws IOException {
        Random random = new Random(seed);
        Path file = dir.resolve("device.toml");
        List<Path> examples = ExamplesTest.examples();
        for (int run = 0; run < runs; run++) {
            byte[] mutated = Files.readAllBytes(examples.get(random.nextInt(examples.size())));
            for (int i = random.nextInt(8); i >= 0; i--) {
                mutated = mutate(mutated, random);
            }
            Files.write(file, mutated);
            LoadResult result = load(file, override(mutated, random), "seed " + seed + " run " + run);
            if (result instanceof LoadResult.Invalid(List<Problem> problems)) {
                assertThat(problems).isNotEmpty().allSatisfy(problem -> {
                    assertThat(problem.line()).isPositive();
                    assertThat(problem.column()).isPositive();
                    assertThat(problem.text()).isNotBlank();
                });
            }
        }
    }

    private static LoadResult load(Path file, Map<String, String> overrides, String run) {
        try {
            return ConfigLoader.load(ConfigSources.of(file).overrides(overrides));
        } catch (RuntimeException e) {
            throw new AssertionError(run, e);
        }
    }

    private static byte[] mutate(byte[] from, Random random) {
        int at = random.nextInt(from.length + 1);
        int length = Math.min(random.nextInt(1 << random.nextInt(9)), from.length - at);
        byte[] inserted = switch (random.nextInt(4)) {
            case 0 -> new byte[0];
            case 1 -> new byte[] {(byte) random.nextInt(256)};
            case 2 -> SNIPPETS.get(random.nextInt(SNIPPETS.size())).getBytes(StandardCharsets.UTF_8);
            default -> {
                int start = random.nextInt(from.length + 1);
                yield Arrays.copyOfRange(
                        from, start, Math.min(from.length, start + random.nextInt(1 << random.nextInt(9))));
            }
        };
        int removed = random.nextBoolean() ? length : 0;
        byte[] to = new byte[from.length - removed + inserted.length];
        System.arraycopy(from, 0, to, 0, at);
        System.arraycopy(inserted, 0, to, at, inserted.length);
        System.arraycopy(from, at + removed, to, at + inserted.length, from.length - at - removed);
        return to;
    }

    /** A key made of pieces that occur in the file, and a value cut out of it. */
    private static Map<String, String> override(byte[] text, Random random) {
        if (text.length == 0 || random.nextInt(3) > 0) {
            return Map.of();
        }
        String latin = new String(text, StandardCharsets.ISO_8859_1);
        int start = random.nextInt(latin.length());
        String value = latin.substring(start, Math.min(latin.length(), start + random.nextInt(20)));
        List<String> pieces =
                List.of("pipeline", "0", "source", "schedule", "1", "model", "rate", "device", "id", "", "5");
        StringBuilder key = new StringBuilder(pieces.get(random.nextInt(pieces.size())));
        for (int i = random.nextInt(4); i > 0; i--) {
            key.append('.').append(pieces.get(random.nextInt(pieces.size())));
        }
        return Map.of(key.toString(), value);
    }
}
