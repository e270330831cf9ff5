package io.fulmar.agent.drift;

import java.time.Duration;

/** The bounds of what is counted for a pipeline. Immutable. */
final class Limits {
    /** Inputs of a model that are counted one by one; of more only how they are in the whole. */
    static final int SINGLE_INPUTS = 8;

    /** Outputs of a model that are counted one by one. */
    static final int SINGLE_OUTPUTS = 4;

    /** Values that a summary looks at. */
    static final int SUMMARISED = 1_024;

    /** Intervals that a reference is divided into, besides what is below and above all that it has seen. */
    static final int PARTS = 10;

    /** Labels that are counted one by one; the others together. */
    static final int LABELS = 16;

    /** Labels that are told apart while a reference is made. */
    static final int LEARNED_LABELS = 1_024;

    /** Standard deviations of chance by which a distance must be over its mean, whatever the configuration says. */
    static final double CHANCE = 5;

    /** The same of the statistic of Kolmogorov and Smirnov: it is chance in less than 1 of 100,000 windows. */
    static final double CHANCE_KS = 2.5;

    /** How long drift lasts at least, so that a distance about the limit is not said again and again. */
    static final Duration HOLD = Duration.ofMinutes(1);

    private Limits() {}
}
