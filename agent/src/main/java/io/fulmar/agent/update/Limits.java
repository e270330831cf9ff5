package io.fulmar.agent.update;

import java.time.Duration;

/** Limits of an update: of its memory, and of its patience. Immutable. */
final class Limits {
    /** Bytes that are asked for at first, and at least. */
    static final long WINDOW_LEAST = 64 << 10;

    /** Bytes that are asked for at once on a fast link. */
    static final long WINDOW_MOST = 4 << 20;

    /** For how long a window's pieces are to travel: what else travels on the same link waits no longer than that. */
    static final Duration WINDOW_TIME = Duration.ofSeconds(1);

    /** Bytes of pieces that came too early and wait for those before them. */
    static final int AHEAD_BYTES = 4 << 20;

    /** Ranges of one request. */
    static final int RANGES = 64;

    /** How long nothing may come of what was asked for, before it is asked for again; doubled each time. */
    static final Duration STALL = Duration.ofSeconds(10);

    static final Duration STALL_MOST = Duration.ofMinutes(5);

    /** How long after a connect nothing is asked for: a window's time. */
    static final Duration SETTLE = WINDOW_TIME;

    private Limits() {}
}
