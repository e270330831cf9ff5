package io.fulmar.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pipeline: where its input comes from, which model sees it, and what happens with the result. Immutable.
 *
 * @param preprocess the steps before the model; null where the model's own are used
 * @param postprocess the steps after it; null where the model's own are used
 * @param deadline how long a frame may wait for its turn, beyond which it is dropped; null for as long as it has to
 */
public record PipelineSettings(
        String name,
        String model,
        SourceSettings source,
        @Nullable List<PreprocessSettings> preprocess,
        @Nullable List<PostprocessSettings> postprocess,
        List<ActSettings> act,
        RecordSettings record,
        @Nullable Duration deadline,
        Priority priority,
        DriftSettings drift,
        SamplesSettings samples) {

    /** Who goes first when there is more work than processors. */
    public enum Priority {
        HIGH,
        NORMAL,
        LOW
    }

    /** One whose frames may wait as long as they have to, and that is watched for drift as usual, and that keeps no samples. */
    public PipelineSettings(
            String name,
            String model,
            SourceSettings source,
            @Nullable List<PreprocessSettings> preprocess,
            @Nullable List<PostprocessSettings> postprocess,
            List<ActSettings> act,
            RecordSettings record) {
        this(
                name,
                model,
                source,
                preprocess,
                postprocess,
                act,
                record,
                null,
                Priority.NORMAL,
                DriftSettings.USUAL,
                SamplesSettings.NONE);
    }

    public PipelineSettings {
        preprocess = preprocess == null ? null : List.copyOf(preprocess);
        postprocess = postprocess == null ? null : List.copyOf(postprocess);
        act = List.copyOf(act);
    }
}
