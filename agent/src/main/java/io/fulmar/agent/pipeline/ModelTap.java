package io.fulmar.agent.pipeline;

import java.util.List;

/** Sees what goes into a pipeline's model and what comes out, on the pipeline's thread, so it must not wait. */
@FunctionalInterface
public interface ModelTap {
    /**
     * The model has run.
     *
     * @param digest of the input
     * @param input what it was given; may be used during this call only
     * @param output what it gave, before any postprocessing; its first output where it has several; may be used during this call only
     * @param labels its classes' names; none where it has none
     */
    void ran(long digest, float[] input, float[] output, List<String> labels, long micros);
}
