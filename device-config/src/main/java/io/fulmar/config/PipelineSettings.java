package io.fulmar.config;

import java.util.List;

/** One pipeline: where its input comes from, which model sees it, and what happens with the result. Immutable. */
public record PipelineSettings(
        String name,
        String model,
        SourceSettings source,
        List<PreprocessSettings> preprocess,
        List<PostprocessSettings> postprocess,
        List<ActSettings> act,
        RecordSettings record) {

    public PipelineSettings {
        preprocess = List.copyOf(preprocess);
        postprocess = List.copyOf(postprocess);
        act = List.copyOf(act);
    }
}
