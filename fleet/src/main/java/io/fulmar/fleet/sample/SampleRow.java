package io.fulmar.fleet.sample;

import org.jspecify.annotations.Nullable;

/**
 * A sample as far as it is stored. Immutable.
 *
 * @param number rises in the order in which they came
 * @param label what the model said; null where it names no class
 * @param numbers JSON with what a model said that names no class
 * @param state coming, whole or damaged
 * @param truth what was right, if somebody has said so
 */
public record SampleRow(
        long number,
        String device,
        long epoch,
        String stream,
        long seq,
        String pipeline,
        String model,
        String version,
        @Nullable String label,
        @Nullable Double score,
        @Nullable String numbers,
        String rule,
        String format,
        long size,
        String sha256,
        String state,
        long takenMillis,
        long receivedMillis,
        @Nullable String truth) {
    /** The sample is whole, and its content can be read. */
    public boolean whole() {
        return state.equals("whole");
    }

    /**
     * Which ones.
     *
     * @param labelled only those of which somebody has said what was right, or only the others; null for all
     */
    public record Filter(
            @Nullable String device,
            @Nullable String pipeline,
            @Nullable String model,
            @Nullable String version,
            @Nullable String rule,
            @Nullable Boolean labelled) {}
}
