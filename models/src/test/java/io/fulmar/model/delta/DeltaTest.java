package io.fulmar.model.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeltaTest {
    private static final Path MODEL = Path.of("samples/digit-reader/digit-reader.tflite");

    private final Path dir;

    DeltaTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void whateverChangedComesOutOfThePatch() throws IOException {
        long seed = Long.getLong("fulmar.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 300; round++) {
            byte[] old = bytes(random, random.nextInt(round % 2 == 0 ? 60 : 5_000));
            byte[] now = changed(random, old);
            try {
                assertThat(applied(old, Delta.between(old, now), now.length)).isEqualTo(now);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
    }

    @Test
    void fromNothingAndToNothing() throws IOException {
        byte[] some = bytes(new SplittableRandom(1), 100);
        assertThat(applied(new byte[0], Delta.between(new byte[0], some), 100)).isEqualTo(some);
        assertThat(applied(some, Delta.between(some, new byte[0]), 0)).isEmpty();
        assertThat(Delta.between(some, some)).hasSizeLessThan(60);
    }

    @Test
    void oneLayerThatChangedCostsAboutThatLayer() throws IOException {
        byte[] old = Files.readAllBytes(MODEL);
        byte[] now = old.clone();
        SplittableRandom random = new SplittableRandom(2);
        int layer = old.length / 10;
        for (int i = old.length / 2; i < old.length / 2 + layer; i++) {
            now[i] = (byte) random.nextInt();
        }
        byte[] patch = Delta.between(old, now);
        assertThat(applied(old, patch, now.length)).isEqualTo(now);
        assertThat(patch.length).isBetween(layer, layer + layer / 10 + 200);
    }

    @Test
    void whatMovedIsFoundAgain() throws IOException {
        byte[] old = bytes(new SplittableRandom(3), 100_000);
        byte[] now = new byte[old.length + 1_000];
        System.arraycopy(old, 60_000, now, 0, 40_000);
        System.arraycopy(bytes(new SplittableRandom(4), 1_000), 0, now, 40_000, 1_000);
        System.arraycopy(old, 0, now, 41_000, 60_000);
        byte[] patch = Delta.between(old, now);
        assertThat(applied(old, patch, now.length)).isEqualTo(now);
        assertThat(patch.length).isLessThan(1_400);
    }

    @Test
    void aPatchThatIsDamagedOrMadeForAnotherBlobEndsInAnErrorOrInOtherBytes() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        byte[] old = bytes(random, 9_000);
        byte[] now = changed(random, old);
        byte[] patch = Delta.between(old, now);
        int refused = 0;
        for (int at = 0; at < patch.length; at += 5) {
            byte[] bad = patch.clone();
            bad[at] ^= (byte) (1 << random.nextInt(8));
            try {
                assertThat(applied(old, bad, now.length)).hasSameSizeAs(now);
            } catch (DeltaException e) {
                refused++;
            }
        }
        for (int length = 0; length < patch.length; length += length < 40 ? 1 : 7) {
            byte[] cut = Arrays.copyOf(patch, length);
            assertThatThrownBy(() -> applied(old, cut, now.length))
                    .as("%d of %d bytes", length, patch.length)
                    .isInstanceOf(DeltaException.class);
        }
        assertThat(refused).isPositive();
        assertThatThrownBy(() -> applied(old, patch, now.length + 1)).hasMessageContaining("not " + (now.length + 1));
        assertThatThrownBy(() -> applied(new byte[10], patch, now.length)).isInstanceOf(DeltaException.class);
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Some bytes a little different, a piece gone, a piece new, a piece elsewhere. */
    private static byte[] changed(SplittableRandom random, byte[] old) {
        ByteArrayOutputStream now = new ByteArrayOutputStream();
        int at = 0;
        while (at < old.length) {
            int piece = Math.min(1 + random.nextInt(700), old.length - at);
            byte[] copy = Arrays.copyOfRange(old, at, at + piece);
            switch (random.nextInt(5)) {
                case 0 -> {}
                case 1 -> now.writeBytes(bytes(random, random.nextInt(300)));
                case 2 -> {
                    for (int i = 0; i < copy.length; i += 1 + random.nextInt(3)) {
                        copy[i] += (byte) (random.nextInt(3) - 1);
                    }
                    now.writeBytes(copy);
                }
                case 3 -> {
                    int from = random.nextInt(old.length);
                    now.write(old, from, Math.min(old.length - from, 200));
                }
                default -> now.writeBytes(copy);
            }
            at += piece;
        }
        return now.toByteArray();
    }

    private byte[] applied(byte[] old, byte[] patch, long size) throws IOException {
        Path oldFile = Files.write(dir.resolve("old"), old);
        Path patchFile = Files.write(dir.resolve("patch"), patch);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (FileChannel from = FileChannel.open(oldFile);
                FileChannel by = FileChannel.open(patchFile)) {
            Delta.apply(from, by, size, out);
        }
        return out.toByteArray();
    }
}
