package io.fulmar.agent.run;

import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.wire.ModelRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loads models for pipelines: the file is read once however many pipelines use it, the interpreter is each pipeline's own.
 * Owned by the thread that opens the agent.
 */
public final class ModelLoader {
    private final Map<Path, ModelFile> files = new HashMap<>();

    /** A model ready to run. */
    public LoadedModel load(ModelSettings settings) {
        ModelFile file = files.computeIfAbsent(settings.file(), ModelFile::read);
        ModelRef ref = new ModelRef(settings.name(), settings.version(), file.sha256());
        List<String> labels = labels(settings.name(), settings.labels());
        return new LoadedModel(Interpreter.open(file, options(settings)), ref, labels);
    }

    private static InterpreterOptions options(ModelSettings settings) {
        Delegate delegate = switch (settings.delegate()) {
            case XNNPACK -> Delegate.XNNPACK;
            case NONE -> Delegate.NONE;
        };
        return new InterpreterOptions(settings.threads(), delegate);
    }

    private static List<String> labels(String model, @Nullable Path file) {
        if (file == null) {
            return List.of();
        }
        try {
            return Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new PipelineException(
                    "the labels of model " + model + " cannot be read from " + file + ": " + e,
                    "give the file one label a line, in UTF-8");
        }
    }
}
