package io.fulmar.agent.api.http;

/** Limits of what callers may send. Immutable. */
final class Limits {
    /** What is read at first of a body of unknown length. */
    static final int CHUNK_BYTES = 64 << 10;

    /** What is read and thrown away so that a caller whose body is not wanted hears why. */
    static final long DISCARDED_BYTES = 64L << 20;

    private Limits() {}
}
