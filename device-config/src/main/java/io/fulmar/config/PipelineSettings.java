package io.fulmar.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pipeline: where its input comes from, which model sees it, and what happens with the result. Immutable.
 *
 * @param preprocess the steps before the model; null where the model's own are used
 * @param postprocess the steps after it; null where the model's own are used
 */
public record PipelineSettings(
        String name,
        String model,
        SourceSettings source,
        @Nullable List<PreprocessSettings> preprocess,
        @Nullable List<PostprocessSettings> postprocess,
        List<ActSettings> act,
        RecordSettings record) {

    public PipelineSettings {
        preprocess = preprocess == null ? null : List.copyOf(preprocess);
        postprocess = postprocess == null ? null : List.copyOf(postprocess);
        act = List.copyOf(act);
    }
}
