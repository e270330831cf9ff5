package io.fulmar.agent.health;

/** Limits of what health keeps. Immutable. */
final class Limits {
    /** Distinct faults kept; further ones are only counted. */
    static final int MAX_FAULTS = 64;

    /** Characters kept of a fault's message. */
    static final int MAX_MESSAGE = 300;

    /** Conditions that hold at the same time; further ones are not told. */
    static final int MAX_CONDITIONS = 64;

    /** Lines of the log that are kept in memory. */
    static final int LOG_LINES = 400;

    /** Characters kept of a line of the log. */
    static final int LOG_LINE_CHARS = 400;

    private Limits() {}
}
