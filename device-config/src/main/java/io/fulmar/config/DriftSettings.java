package io.fulmar.config;

import java.time.Duration;

/**
 * How a pipeline watches whether what its model sees and says is still what it was. Immutable.
 *
 * @param reference what that is compared with
 * @param window predictions that are judged together
 * @param learn predictions that a reference is made of on the device
 * @param psi population stability index from which on it is drift
 * @param ks statistic of Kolmogorov and Smirnov from which on it is drift
 * @param report how often what was counted is recorded
 */
public record DriftSettings(
        boolean enabled, Reference reference, int window, int learn, double psi, double ks, Duration report) {
    /** What holds where nothing is said. */
    public static final DriftSettings USUAL =
            new DriftSettings(true, Reference.AUTO, 1_000, 2_000, 0.25, 0.2, Duration.ofHours(1));

    /** Where a reference comes from. */
    public enum Reference {
        /** From the model's package where that says how its inputs were distributed, else from the device. */
        AUTO,
        /** From the model's package as far as it says something, else from the device. */
        MODEL,
        /** Made of the first predictions on the device. */
        DEVICE
    }
}
