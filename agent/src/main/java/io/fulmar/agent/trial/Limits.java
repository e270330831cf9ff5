package io.fulmar.agent.trial;

import java.time.Duration;

/** What a release has to show before it is judged, and how long it may take. Immutable. */
final class Limits {
    /** How often the interpreter is opened to find what memory it needs. */
    static final int MEMORY_ROUNDS = 5;

    /** How often the time of the runs is taken; the best counts, since a device does other things, too. */
    static final int LATENCY_ROUNDS = 3;

    /** Runs of a round. */
    static final int LATENCY_RUNS = 100;

    /** When a round is over even with fewer runs, but for the first {@link #LATENCY_RUNS_LEAST}. */
    static final Duration LATENCY_ROUND = Duration.ofSeconds(3);

    static final int LATENCY_RUNS_LEAST = 10;

    /** Frames that are enough to judge by how many failed. */
    static final long ERRORS_OF = 20;

    /** Runs that are enough to judge by how long they took. */
    static final long LATENCIES_OF = 50;

    /** Predictions that are enough to judge by their labels. */
    static final long LABELS_OF = 100;

    /** How long one run may take before it is called hung. */
    static final Duration HUNG = Duration.ofSeconds(10);

    /** How many times its budget one run may take before it is called hung, where that is longer. */
    static final int HUNG_BUDGETS = 20;

    /** How long a release may be on trial without a frame. */
    static final Duration NO_FRAMES = Duration.ofHours(24);

    /** Inputs that wait for a release that runs beside the active one. */
    static final int SHADOW_QUEUE = 64;

    /** How often it looks whether there are pipelines whose inputs it does not see. */
    static final Duration SHADOW_TAP_EVERY = Duration.ofSeconds(1);

    /** How long a pipeline may take to let it see them. */
    static final Duration SHADOW_TAP = Duration.ofSeconds(2);

    /** How long it may take to end. */
    static final Duration SHADOW_STOP = Duration.ofSeconds(5);

    private Limits() {}
}
