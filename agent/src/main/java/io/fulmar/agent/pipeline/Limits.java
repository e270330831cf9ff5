package io.fulmar.agent.pipeline;

import java.time.Duration;

/** What a pipeline may hold and say at most. Immutable. */
final class Limits {
    /** Kinds of failure that are counted apart; what comes after shares one count. */
    static final int FAILURE_KINDS = 32;

    /** Failures of one kind that are recorded one by one before they are only counted. */
    static final int FAILURE_BURST = 10;

    /** How long it takes until one more failure of a kind is recorded. */
    static final long FAILURE_REFILL_NANOS = 60_000_000_000L;

    /** Values of a model that does not classify, so that a record stays small. */
    static final int RECORDED_VALUES = io.fulmar.sync.wire.Limits.LIST_ENTRIES;

    /** Classes of objects, where no labels file says how many there are. */
    static final int CLASSES = 1_000;

    /** Of the boxes in one frame, the surest that are compared with each other. */
    static final int CANDIDATES = 1_000;

    /** How long an explanation may take, and how often it may run the model. */
    static final Duration EXPLAIN = Duration.ofSeconds(10);

    static final int EXPLAIN_RUNS = 4_096;

    /** Labels that are counted apart; what comes after shares one count. */
    static final int TALLIED_LABELS = 256;

    /** Characters of a reason or a detail in a record. */
    static final int TEXT_CHARS = 500;

    private Limits() {}
}
