package io.fulmar.agent.io;

/** What sources and actuators may read and say at most. Immutable. */
final class Limits {
    /** Values of one frame. */
    static final int FRAME_VALUES = 1 << 20;

    /** Characters of one line of a replayed file. */
    static final int LINE_CHARS = 8 << 20;

    /** Bytes of one file that is a frame. */
    static final int FILE_BYTES = 16 << 20;

    /** Files of one replayed folder. */
    static final int REPLAY_FILES = 100_000;

    /** Bytes of one file below /proc or /sys. */
    static final int SYSTEM_FILE_BYTES = 1 << 20;

    /** Lines that a log actuator writes at once, and how long it takes until it may write one more. */
    static final int LOG_BURST = 20;

    static final long LOG_REFILL_NANOS = 1_000_000_000L;

    /** How far a source may fall behind before it skips what it missed. */
    static final long BEHIND_NANOS = 1_000_000_000L;

    /** How long to wait where nothing will ever come. */
    static final long NEVER_NANOS = 3_600_000_000_000L;

    /** How long a sensor that failed is left alone at first, and at last. */
    static final long SENSOR_RETRY_FIRST_NANOS = 500_000_000L;

    static final long SENSOR_RETRY_LAST_NANOS = 30_000_000_000L;

    /** Nobody waited for a frame if nobody asked for so long: a pipeline that waits asks once a second. */
    static final long POLL_GAP_NANOS = 3_000_000_000L;

    /** Files of one watched folder. */
    static final int WATCHED_FILES = 20_000;

    /** Lines about files that are gone, in the file that remembers what was read. */
    static final int DONE_SLACK = 1_000;

    /** Files that are kept after they were read, and of those that could not be. */
    static final int SHELF_DONE = 1_000;

    static final int SHELF_BAD = 100;

    private Limits() {}
}
