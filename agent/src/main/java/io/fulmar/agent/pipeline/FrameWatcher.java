package io.fulmar.agent.pipeline;

/** Sees what a pipeline judged, on the pipeline's thread, so it must not wait. */
public interface FrameWatcher {
    /** A frame was judged. */
    void judged(Judged frame);

    /** The pipeline is closed; nothing more comes. */
    void ended();
}
