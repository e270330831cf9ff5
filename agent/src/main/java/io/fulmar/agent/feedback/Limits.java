package io.fulmar.agent.feedback;

import java.time.Duration;

/** What samples may take, and how they are sent. Immutable. */
final class Limits {
    /** Samples that wait to be written. */
    static final int WAITING = 256;

    /** Bytes of inputs in memory that are to be kept and are not on the disk yet. */
    static final long WAITING_BYTES = 16L * 1024 * 1024;

    /** What a file takes at least, and what its size is a multiple of on the disk. */
    static final long BLOCK_BYTES = 4_096;

    /** Bytes of the disk that samples leave to others. */
    static final long SPACE_LEFT = 16L * 1024 * 1024;

    /** Samples that are kept, so that a folder of very small ones stays one that can be listed. */
    static final int KEPT = 20_000;

    /** Bytes of what is said of a sample. */
    static final int HEADER_BYTES = 16 * 1024;

    /** Parts of samples in the outbox that the fleet has not acknowledged. */
    static final int CHUNKS_WAITING = 4;

    /** Rows of data that wait for the fleet, from which on no part of a sample is added. */
    static final long ROWS_WAITING = 2_000;

    /** How long the store's thread may take to say how far it is. */
    static final Duration ASK = Duration.ofSeconds(1);

    /** How often it is asked while parts are under way. */
    static final Duration LOOK = Duration.ofMillis(200);

    /** When writing is tried again after the disk failed. */
    static final Duration AGAIN = Duration.ofSeconds(30);

    private Limits() {}
}
