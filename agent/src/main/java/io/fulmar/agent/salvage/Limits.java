package io.fulmar.agent.salvage;

import java.time.Duration;

/** What reading a damaged store back takes at most. Immutable. */
final class Limits {
    /** Pages looked at in one step. */
    static final int PAGES_A_STEP = 64;

    /** How long the thread leaves the disk and the processor to others between two steps. */
    static final Duration BETWEEN_STEPS = Duration.ofMillis(4);

    /** How often new damaged stores are looked for. */
    static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    /** How long nothing is tried after the disk or the fleet made no sense. */
    static final Duration AFTER_A_FAILURE = Duration.ofMinutes(1);

    /** How often it is looked whether a batch has arrived, unless that is told. */
    static final Duration LISTEN_EVERY = Duration.ofMillis(500);

    /** Bytes of the records of one batch. */
    static final int BATCH_BYTES = 256 * 1024;

    /** Batches after which it is kept durably how far they have come; that many are sent again after a kill. */
    static final int BATCHES_A_NOTE = 16;

    /** How long what was delivered may stay unnoted. */
    static final Duration NOTE_EVERY = Duration.ofSeconds(5);

    /** How often the fleet may ask for other rows without taking any. */
    static final int WISHES = 8;

    /** Streams of which word was carried and not looked at yet. */
    static final int WORD = 32;

    /** How nice the thread is to those that predict and record. */
    static final int NICENESS = 10;

    private Limits() {}
}
