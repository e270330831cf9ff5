package io.fulmar.agent.io;

import org.jspecify.annotations.Nullable;

/** Where a pipeline's frames come from. Owned by the pipeline's thread. */
public interface Source extends AutoCloseable {

    /** What predictions call it. */
    String name();

    /** What each frame holds. */
    FrameForm form();

    /**
     * The next frame, or null if none is due.
     *
     * @throws SourceException if this frame could not be read; the next poll may well succeed
     */
    @Nullable
    Frame poll(long nowNanos);

    /** The number of the frame that was read, or tried, last. */
    long frameNumber();

    /**
     * Since when the frame that was read last had been there, on the clock of {@link System#nanoTime}.
     *
     * @param polledNanos when it was read, for sources that cannot tell
     */
    default long frameSinceNanos(long polledNanos) {
        return polledNanos;
    }

    /** Makes up for nothing that was due by now: the next frame is one of now. For sources with a schedule. */
    default void catchUp(long nowNanos) {}

    /** When a poll is worth while again, on the clock of {@link System#nanoTime}; {@code Long.MAX_VALUE} for never. */
    long nextDueNanos();

    /** Something that the operator should hear once, such as a sensor that this host lacks; null if there is nothing. */
    default @Nullable String notice() {
        return null;
    }

    /** The frame that was given last could not be used: what it holds is not what it should be. */
    default void spoiled() {
        // it may be as it likes where nobody can do anything about it
    }

    /** Where others bring its frames; null where it gets them itself. */
    default @Nullable Inlet inlet() {
        return null;
    }

    /** What became of what came from outside so far. */
    default SourceTally tally() {
        return SourceTally.NOTHING;
    }

    @Override
    void close();
}
