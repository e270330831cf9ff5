package io.fulmar.agent.pipeline;

import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.config.Processing;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.sync.wire.ModelRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model ready to run: its interpreter, what identifies it, its classes' names (none where there is no labels file), and what
 * its package brings: steps, and what it said of the data that it was tested on. Owned by the pipeline's thread.
 */
public record LoadedModel(
        Interpreter interpreter,
        ModelRef ref,
        List<String> labels,
        Processing.Steps processing,
        ModelManifest.@Nullable Reference reference) {
    public LoadedModel {
        labels = List.copyOf(labels);
    }

    /** One that no package brings. */
    public LoadedModel(Interpreter interpreter, ModelRef ref, List<String> labels) {
        this(interpreter, ref, labels, Processing.Steps.NONE);
    }

    /** One that has been tested on no data. */
    public LoadedModel(Interpreter interpreter, ModelRef ref, List<String> labels, Processing.Steps processing) {
        this(interpreter, ref, labels, processing, null);
    }

    /** The steps before it: a pipeline's own, or where that says none, those that the model brings. */
    public List<PreprocessSettings> preprocess(@Nullable List<PreprocessSettings> own) {
        return own == null ? processing.preprocess() : own;
    }

    /** The steps after it, likewise. */
    public List<PostprocessSettings> postprocess(@Nullable List<PostprocessSettings> own) {
        return own == null ? processing.postprocess() : own;
    }
}
