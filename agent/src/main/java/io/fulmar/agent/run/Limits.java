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

    /** How long a caller over HTTP may take to say what it wants. */
    static final int HTTP_REQUEST_SECONDS = 15;

    /** How long it may take until it has its answer; live streams end by themselves before. */
    static final int HTTP_ANSWER_SECONDS = 120;

    /** How long a connection may be kept for another request: longer than clients keep theirs, so that they close first. */
    static final int HTTP_IDLE_SECONDS = 75;

    static final int HTTP_CONNECTIONS = 64;
    static final int HTTP_HEADERS = 64;
    static final int HTTP_HEADER_BYTES = 16 << 10;

    /** What a model is taken to need whose file is not known. */
    static final long MODEL_BYTES = 8L << 20;

    /** Memory that must stay free while a model is loaded beside the one that it replaces. */
    static final long MEMORY_RESERVE = 32L << 20;

    /** Outputs are looked after this often. */
    static final Duration LOOK_AT_OUTPUTS = Duration.ofMillis(50);

    /** A pipeline that is at one step for longer than this is stuck, */
    static final Duration STUCK = Duration.ofSeconds(5);

    /** unless it takes its time: then for so many times its longest step so far. */
    static final int STUCK_STEPS = 4;

    /** No step counts for longer than this, so that one that took very long does not hide what hangs later. */
    static final Duration STUCK_STEP_MOST = Duration.ofMinutes(1);

    /** After so many times of that, the process ends where something starts it again. */
    static final int STUCK_END = 3;

    /** And not before this while the model has not come through one frame: the first takes the longest. */
    static final Duration STUCK_FIRST = Duration.ofMinutes(1);

    /** Nor before this while the model is on trial, of which whatever hangs is undone within two minutes. */
    static final Duration STUCK_TRIAL = Duration.ofMinutes(2);

    /** The end comes so long after it was said: the log gets out, and the store commits what waits. */
    static final Duration STUCK_SAID = Duration.ofSeconds(2);

    /** The service manager is told how it goes this often at least. */
    static final Duration SERVICE_STATUS = Duration.ofSeconds(20);

    /** Until it has been told that all runs, it is looked after this often. */
    static final Duration SERVICE_START = Duration.ofMillis(20);

    /** Actions that wait for one actuator that takes its time. */
    static final int ACTS = 16;

    /** How long what waits may still take when its pipeline ends, and what is being done then. */
    static final Duration LAST_ACTS = Duration.ofSeconds(2);

    /** How long the broker may take to take a message of an actuator. */
    static final Duration PUBLISH = Duration.ofSeconds(10);

    /** How long to wait where the link has no room for it at once. */
    static final long PUBLISH_RETRY_MILLIS = 20;

    private Limits() {}
}
