package io.fulmar.agent.health;

import java.time.Duration;

/** Limits of what health keeps. Immutable. */
final class Limits {
    /** Distinct faults kept; the one that was not seen for the longest time gives way. */
    static final int MAX_FAULTS = 64;

    /** Log lines that faults may write at once. */
    static final int FAULT_LINES = 30;

    /** And then one more in this time. */
    static final Duration FAULT_LINE_EVERY = Duration.ofSeconds(5);

    /** Characters kept of a fault's message. */
    static final int MAX_MESSAGE = 300;

    /** Conditions that hold at the same time; further ones are not told. */
    static final int MAX_CONDITIONS = 64;

    /** Lines of the log that are kept in memory. */
    static final int LOG_LINES = 400;

    /** Characters kept of a line of the log. */
    static final int LOG_LINE_CHARS = 400;

    /** A wall clock that differs by less is right enough. */
    static final long CLOCK_TOLERANCE_MILLIS = 60_000;

    /** A wall clock that says that this software is older than that cannot be right. */
    static final Duration CLOCK_YEARS = Duration.ofDays(20 * 365 + 5);

    /** What is known to have passed is kept this often. */
    static final Duration CLOCK_KEPT_EVERY = Duration.ofHours(1);

    /** After the start of the host its time service needs a while. */
    static final Duration CLOCK_GRACE = Duration.ofMinutes(1);

    /** How often the parts are looked at. */
    static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** What was wrong is well again when it has not happened for this long. */
    static final Duration WELL_AFTER = Duration.ofSeconds(10);

    private Limits() {}
}
