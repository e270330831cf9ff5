package io.fulmar.agent.io.source;

import java.time.Duration;

/** What sources may read and say at most. Immutable. */
final class Limits {
    /** Characters of one line of a replayed file. */
    static final int LINE_CHARS = 8 << 20;

    /** How much larger than its content the packet of a message may be. */
    static final int PACKET_SLACK_BYTES = 256 << 10;

    /** How long at first, and at last, until a broker that was lost is tried again. */
    static final Duration BROKER_WAIT_FIRST = Duration.ofMillis(500);

    static final Duration BROKER_WAIT_LAST = Duration.ofSeconds(30);

    /** Messages that come between two looks where the newest are wanted. */
    static final int MESSAGES = 256;

    /** Of a topic that a failure tells. */
    static final int TOPIC_CHARS = 200;

    /** How deep JSON of numbers may be, and how long one of them. */
    static final int JSON_DEPTH = 32;

    static final int JSON_NUMBER_CHARS = 64;

    /** Characters of a line that comes through a wire: without an end for so long, it is garbage. */
    static final int WIRE_LINE_CHARS = 64 << 10;

    /** How long at first, and at last, until a serial port that was lost is tried again. */
    static final Duration PORT_WAIT_FIRST = Duration.ofMillis(500);

    static final Duration PORT_WAIT_LAST = Duration.ofSeconds(10);

    static final int PORT_DOUBLINGS = 5;

    /** How long it may take until a port is let go of. */
    static final Duration PORT_GRACE = Duration.ofSeconds(1);

    /** Bytes of one file that is a frame. */
    static final int FILE_BYTES = 16 << 20;

    /** Files of one replayed folder. */
    static final int REPLAY_FILES = 100_000;

    /** Bytes of one file below /proc or /sys. */
    static final int SYSTEM_FILE_BYTES = 1 << 20;

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

    /** Failures of a thread that reads which wait to be told. */
    static final int FEED_FAILURES = 16;

    /** How long a thread waits for room before it looks whether anybody wants its frame any more. */
    static final long FEED_WAIT_MILLIS = 100;

    /** Characters of what a command said last that a failure tells, and of one line of that. */
    static final int EXEC_ERROR_CHARS = 400;

    /** Lines of a command's standard error that are logged at once, and how long it takes until one more may be. */
    static final int EXEC_LOG_BURST = 20;

    static final Duration EXEC_LOG_REFILL = Duration.ofSeconds(10);

    /** How long a command may take to end. */
    static final Duration EXEC_GRACE = Duration.ofSeconds(1);

    /** The longest wait before a command that fails is started again, reached after so many doublings at most. */
    static final Duration EXEC_WAIT = Duration.ofMinutes(1);

    static final int EXEC_DOUBLINGS = 13;

    private Limits() {}
}
