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

    /** How long nothing of a blob may come while there is a connection, before it is given up. */
    static final Duration STALLED = Duration.ofHours(1);

    /** When to ask again for what the fleet refused. */
    static final Duration REFUSED_AGAIN = Duration.ofMinutes(1);

    /** How often a blob may come whole and wrong. */
    static final int WRONG = 3;

    /** Bytes behind the end of a blob that may come before it is given up. */
    static final long BEYOND_BYTES = 1 << 20;

    /** Messages about blobs that wait for the update thread; the fleet repeats what does not fit. */
    static final int PIECES = 48;

    /** Starts of the agent while a release is tested or on trial, before it is given up. */
    static final int STARTS = 3;

    /** How long a test may take: whatever hangs is undone within two minutes. */
    static final Duration TEST = Duration.ofSeconds(100);

    /** How long the pipelines may have other things to do before a release that is to be tried is given up. */
    static final Duration EXCHANGE_WITHIN = Duration.ofMinutes(10);

    /** When to ask the clock again whether a release has expired. */
    static final Duration EXPIRED_AGAIN = Duration.ofMinutes(1);

    /** When to try again after the disk, or the pipelines, did not do what they should. */
    static final Duration AGAIN = Duration.ofSeconds(5);

    /** How often what came of a blob is looked at, if nobody rings. */
    static final Duration LOOK_AT_PIECES = Duration.ofMillis(50);

    /** How often the inbox, and a release on trial, is looked at. */
    static final Duration LOOK = Duration.ofMillis(500);

    /** When to look again whether there is room on the disk. */
    static final Duration ROOM_AGAIN = Duration.ofMinutes(5);

    /** Models of which the reason for a refusal is kept that no journal knows. */
    static final int REFUSALS = 64;

    /** After so long, how the process before ended means nothing any more. */
    static final Duration RAN_WELL = Duration.ofHours(1);

    private Limits() {}
}
