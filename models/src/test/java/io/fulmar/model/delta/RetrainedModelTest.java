package io.fulmar.model.delta;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a patch costs where a model was taught again. Prints its figures, which docs/performance.md has. */
class RetrainedModelTest {
    private static final Path SAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples");

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({"bearing-condition, 0.02", "digit-reader, 0.30"})
    void aLastLayerThatWasTaughtAgainCostsAboutThatLayer(String model, double most) throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(model + "-1.0.1.tflite"), model)) {
            assertThat(patch(model + ", the last layer alone", sample(model, model), in.readAllBytes()))
                    .isLessThan(most);
        }
    }

    @Test
    void aModelThatWasTaughtAllAnewNeverCostsMoreThanTheWhole() throws IOException {
        byte[] first = sample("bearing-condition", "bearing-condition");
        byte[] next = sample("bearing-condition-1.1.0", "bearing-condition");
        assertThat(patch("bearing-condition 1.1.0, every layer", first, next)).isLessThan(1);
    }

    /** The patch's size as a share of the new file's. */
    private double patch(String what, byte[] old, byte[] now) throws IOException {
        byte[] patch = Delta.between(old, now);
        Path from = Files.write(dir.resolve("old"), old);
        Path by = Files.write(dir.resolve("patch"), patch);
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        try (FileChannel before = FileChannel.open(from);
                FileChannel change = FileChannel.open(by)) {
            Delta.apply(before, change, now.length, made);
        }
        assertThat(made.toByteArray()).isEqualTo(now);
        double share = (double) patch.length / now.length;
        System.out.printf(
                Locale.ROOT,
                "measured: %s: patch %,d bytes, whole %,d bytes (%,d deflated): %.1f %%%n",
                what,
                patch.length,
                now.length,
                deflated(now),
                100 * share);
        return share;
    }

    private static int deflated(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try (DeflaterOutputStream deflating = new DeflaterOutputStream(out, deflater)) {
            deflating.write(content);
        } finally {
            deflater.end();
        }
        return out.size();
    }

    private static byte[] sample(String folder, String model) throws IOException {
        return Files.readAllBytes(SAMPLES.resolve(folder).resolve(model + ".tflite"));
    }
}
