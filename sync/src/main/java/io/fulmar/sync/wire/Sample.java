package io.fulmar.sync.wire;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is said of an input that a device has kept. Immutable.
 *
 * @param receipt of the prediction; also the name of the sample
 * @param taken when the prediction was made
 * @param label what the model said; null where it names no class
 * @param labelIndex -1 where it names no class
 * @param values what a model said that names no class, the first {@link Limits#SAMPLE_VALUES}
 * @param rule why it was kept
 * @param format the ending of a file with its content
 * @param size bytes of the content
 * @param sha256 of the content, 64 hex digits
 */
public record Sample(
        Receipt receipt,
        Stamp taken,
        long frame,
        String pipeline,
        ModelRef model,
        @Nullable String label,
        int labelIndex,
        float score,
        List<Float> values,
        String rule,
        String format,
        int size,
        String sha256) {
    private static final Pattern WORD = Pattern.compile("[a-z0-9]{1," + Limits.SAMPLE_WORD_CHARS + "}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public Sample {
        values = List.copyOf(values);
        if (values.size() > Limits.SAMPLE_VALUES
                || !WORD.matcher(rule).matches()
                || !WORD.matcher(format).matches()
                || !SHA256.matcher(sha256).matches()
                || size < 0
                || size > Limits.SAMPLE_BYTES) {
            throw new IllegalArgumentException("a sample of " + size + " bytes, rule '" + WireException.shorten(rule)
                    + "', format '" + WireException.shorten(format) + "'");
        }
    }

    /** In how many rows its content travels. */
    public int chunks() {
        return Math.max(1, Math.ceilDiv(size, Limits.SAMPLE_CHUNK_BYTES));
    }

    /** How many bytes of it are in that row, from 0. */
    public int chunkBytes(int number) {
        return Math.min(Limits.SAMPLE_CHUNK_BYTES, size - number * Limits.SAMPLE_CHUNK_BYTES);
    }

    /** What it is called on its device, as a file can be. */
    public String name() {
        return Epochs.text(receipt.epoch()) + "-" + receipt.stream().topicName() + "-" + receipt.seq();
    }
}
