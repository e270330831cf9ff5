package io.fulmar.agent.pipeline;

import io.fulmar.config.Processing;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.sync.wire.ModelRef;
import java.util.List;

/**
 * A model ready to run: its interpreter, what identifies it, its classes' names (none where there is no labels file), and the
 * steps that its package brings. Owned by the pipeline's thread.
 */
public record LoadedModel(Interpreter interpreter, ModelRef ref, List<String> labels, Processing.Steps processing) {
    public LoadedModel {
        labels = List.copyOf(labels);
    }

    /** One without steps of its own. */
    public LoadedModel(Interpreter interpreter, ModelRef ref, List<String> labels) {
        this(interpreter, ref, labels, Processing.Steps.NONE);
    }
}
