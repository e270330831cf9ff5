package io.fulmar.agent.io.source;

/** Reads frames from a stream into a {@link Feed} until that is closed. Runs on a thread of its own; the rest is thread-safe. */
interface FrameReader extends Runnable {
    /** How often what it reads was begun anew. */
    long restarts();

    /** Begins anew what gives nothing; false if it is not there just now. */
    boolean stalled();

    /** Ends what it reads. */
    void end();
}
