package io.fulmar.agent.io;

/** Where frames are brought to a source. Thread-safe. */
public interface Inlet {
    /** What became of what somebody brought. */
    enum Fate {
        /** It waits for the pipeline. */
        TAKEN,
        /** There is no room for it now. */
        FULL,
        /** The source is gone. */
        CLOSED
    }

    /** The largest that is taken, in bytes. */
    long maxSize();

    /**
     * Brings a frame as bytes, which are the source's own from now on.
     *
     * @throws SourceException if they are none
     */
    Fate offer(byte[] bytes);
}
