package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFuzzTest {
    /** Far above what one load takes, even on a machine with much else to do. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void noMutationIsAnythingButLoadedOrInvalid(@TempDir Path dir) throws IOException {
        fuzz(dir, 500, 20_261_121);
    }

    /** With {@code -Plong}; {@code -Dfulmar.fuzz.runs=10000} for fewer, {@code -Dfulmar.fuzz.seed=…} for the same again. */
    @Test
    @Tag("long")
    void noMutationOfManyIsAnythingButLoadedOrInvalid(@TempDir Path dir) throws IOException {
        fuzz(
                dir,
                Integer.getInteger("fulmar.fuzz.runs", 1_000_000),
                Long.getLong("fulmar.fuzz.seed", System.nanoTime()));
    }

    private static void fuzz(Path dir, int runs, long seed) throws IOException {
        Random random = new Random(seed);
        long before = 0;
        List<byte[]> texts = texts();
        Path file = dir.resolve("device.toml");
        Path fragment = Files.createDirectory(dir.resolve("conf.d")).resolve("a.toml");
        for (int run = 0; run < runs; run++) {
            byte[] mutated = mutated(texts, random);
            Files.write(file, mutated);
            ConfigSources sources = ConfigSources.of(file)
                    .overrides(override(mutated, random))
                    .environment(random.nextBoolean() ? Map.of() : Map.of(Secrets.PASSWORD, "hunter2"));
            switch (random.nextInt(4)) {
                case 0 -> Files.write(fragment, mutated(texts, random));
                case 1 ->
                    sources = sources.remote("remote", new String(mutated(texts, random), StandardCharsets.ISO_8859_1));
                default -> Files.deleteIfExists(fragment);
            }
            check(sources, "seed " + seed + " run " + run);
            if (run == runs / 4) {
                before = heap();
            }
        }
        long after = heap();
        System.out.printf(
                "measured: seed %d: %,d mutated configurations; heap after GC %,d KiB after a quarter, %,d KiB at the end%n",
                seed, runs, before >> 10, after >> 10);
        assertThat(after - before).as("bytes of growth, seed " + seed).isLessThan(16L << 20);
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void check(ConfigSources sources, String run) {
        long start = System.nanoTime();
        LoadResult result;
        try {
            result = ConfigLoader.load(sources);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(run, e);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).as(run).isLessThan(PATIENCE);
        switch (result) {
            case LoadResult.Loaded loaded ->
                assertThat(ConfigText.of(loaded)).as(run).doesNotContain("hunter2");
            case LoadResult.Invalid(List<Problem> problems) ->
                assertThat(problems).as(run).isNotEmpty().allSatisfy(problem -> {
                    assertThat(problem.line()).isPositive();
                    assertThat(problem.column()).isPositive();
                    assertThat(problem.text()).isNotBlank().doesNotContain("hunter2");
                });
        }
    }

    private static List<byte[]> texts() throws IOException {
        List<byte[]> texts = new ArrayList<>();
        for (Path example : ExamplesTest.examples()) {
            texts.add(Files.readAllBytes(example));
        }
        texts.add(ConfigTextTest.EVERYTHING.getBytes(StandardCharsets.UTF_8));
        return texts;
    }

    private static byte[] mutated(List<byte[]> texts, Random random) {
        byte[] text = texts.get(random.nextInt(texts.size()));
        if (random.nextInt(4) == 0) {
            text = Mutations.ofValue(new String(text, StandardCharsets.UTF_8), random)
                    .getBytes(StandardCharsets.UTF_8);
        }
        for (int i = random.nextInt(8); i > 0; i--) {
            text = Mutations.ofBytes(text, random);
        }
        return text;
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
