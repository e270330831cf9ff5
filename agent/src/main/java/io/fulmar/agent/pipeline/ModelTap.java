package io.fulmar.agent.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sees what goes into a pipeline's model and what comes out, on the pipeline's thread, so it must not wait. */
@FunctionalInterface
public interface ModelTap {
    /** Wants to know, on any thread, whether another model says the same of an input. */
    interface Comparison {
        /** It does, or it does not. */
        void compared(boolean same);
    }

    /**
     * The model has run.
     *
     * @param digest of the input
     * @param input what it was given; may be used during this call only
     * @param output what it gave, before any postprocessing; its first output where it has several; may be used during this call only
     * @param labels its classes' names; none where it has none
     * @param comparison is told what comes of it where this returns true; null where nobody asks
     * @return whether another model is going to see the input
     */
    boolean ran(
            long digest,
            float[] input,
            float[] output,
            List<String> labels,
            long micros,
            @Nullable Comparison comparison);
}
