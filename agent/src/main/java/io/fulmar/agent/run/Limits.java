package io.fulmar.agent.run;

import java.time.Duration;

/** Limits of the queues between the threads, and of their patience. Immutable. */
final class Limits {
    /** Records of one stream that wait for their commit. */
    static final int QUEUE_RECORDS = 8_192;

    /** Bytes of the records of one stream that wait for their commit. */
    static final long QUEUE_BYTES = 4L * 1024 * 1024;

    /** Records a commit at most, so that one commit stays short. */
    static final int COMMIT_RECORDS = 4_096;

    /** Messages from the fleet that wait for the store thread; the fleet repeats what does not fit. */
    static final int DOWNLINK_MESSAGES = 256;

    /** What may wait for a pipeline's thread to do it between two frames. */
    static final int ERRANDS = 16;

    /** Log lines that wait for standard error to take them. */
    static final int LOG_LINES = 512;

    /** Exceptions of a chain that a log line tells. */
    static final int LOG_CAUSES = 4;

    /** Frames of each that a log line tells. */
    static final int LOG_FRAMES = 6;

    /** How long a crash is told for before the process ends. */
    static final Duration LAST_WORDS = Duration.ofSeconds(2);

    /** The store looks after its file this often. */
    static final Duration MAINTAIN_EVERY = Duration.ofSeconds(1);

    /** A thread sleeps this long at most, so that a lost ring costs a delay and never a hang. */
    static final Duration SLEEP = Duration.ofSeconds(1);

    /** A status that the link had no room for is tried again after this time. */
    static final Duration RETRY_STATUS = Duration.ofMillis(50);

    /** The status document is published at least this often while connected. */
    static final Duration STATUS_EVERY = Duration.ofSeconds(60);

    /** A changed status is published at most this often. */
    static final Duration STATUS_AT_MOST = Duration.ofSeconds(5);

    /** A worker that does not end its step within this time is left behind when the agent stops. */
    static final Duration STOP = Duration.ofSeconds(10);

    /** Starts in a row that ended in native code of a model, after which it is not run any more; one digit. */
    static final int CRASHES = 3;

    /** The shortest and the longest time to stay away from the broker when another device uses this identity. */
    static final Duration AWAY_LEAST = Duration.ofSeconds(1);

    static final Duration AWAY_MOST = Duration.ofHours(1);

    private Limits() {}
}
