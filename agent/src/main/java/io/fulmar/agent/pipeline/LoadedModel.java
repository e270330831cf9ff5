package io.fulmar.agent.pipeline;

import io.fulmar.model.tflite.Interpreter;
import io.fulmar.sync.wire.ModelRef;
import java.util.List;

/** A model ready to run: its interpreter, what identifies it, and its classes' names (none where there is no labels file). Owned by the pipeline's thread. */
public record LoadedModel(Interpreter interpreter, ModelRef ref, List<String> labels) {
    public LoadedModel {
        labels = List.copyOf(labels);
    }
}
