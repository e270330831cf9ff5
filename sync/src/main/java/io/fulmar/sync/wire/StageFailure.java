package io.fulmar.sync.wire;

/** A stage of a pipeline failed on one frame; the pipeline went on with the next. Immutable. */
public record StageFailure(Stamp at, String pipeline, long frame, String stage, String reason)
        implements DeviceRecord {}
