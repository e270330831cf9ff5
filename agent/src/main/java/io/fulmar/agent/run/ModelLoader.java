package io.fulmar.agent.run;

import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.Problem;
import io.fulmar.config.Processing;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.wire.ModelRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Loads models for pipelines: a file is read once however many pipelines use it, the interpreter is each pipeline's own.
 * Owned by the thread that opens pipelines.
 */
public final class ModelLoader {
    private final ModelSource source;
    private final MemoryRoom room;
    private final Map<Path, ModelFile> files = new HashMap<>();
    private final Map<String, ModelSource.Found> found = new HashMap<>();

    public ModelLoader(ModelSource source) {
        this(source, MemoryRoom.ofHost());
    }

    ModelLoader(ModelSource source, MemoryRoom room) {
        this.source = source;
        this.room = room;
    }

    /** A model ready to run. */
    public LoadedModel load(ModelSettings settings) {
        return load(settings, model -> model);
    }

    /**
     * Makes something of a model that is ready to run. A release of the store that does not do for it is turned down, and
     * what the source finds instead gets its chance.
     *
     * @param use where it throws, the interpreter is closed
     */
    <T> T load(ModelSettings settings, Function<LoadedModel, T> use) {
        while (true) {
            ModelSource.Found now = found.computeIfAbsent(settings.name(), source::find);
            try {
                return opened(settings, now, use);
            } catch (PipelineException | ModelException e) {
                boolean withoutModel = e instanceof PipelineException it && it.isWithoutModel(); // not its own doing
                if (withoutModel
                        || !(now instanceof ModelSource.Found.Stored stored)
                        || !source.turnDown(settings.name(), stored.release(), String.valueOf(e.getMessage()))) {
                    throw e;
                }
                found.remove(settings.name());
            }
        }
    }

    /** The same of what was found already; nothing is turned down. */
    <T> T opened(ModelSettings settings, ModelSource.Found found, Function<LoadedModel, T> use) {
        LoadedModel model = switch (found) {
            case ModelSource.Found.Stored stored -> open(settings, stored);
            case ModelSource.Found.InFile _ -> open(settings);
            case ModelSource.Found.Nothing nothing ->
                throw PipelineException.withoutModel(nothing.reason(), nothing.hint());
        };
        boolean used = false;
        try {
            T result = use.apply(model);
            used = true;
            return result;
        } finally {
            if (!used) {
                model.interpreter().close();
            }
        }
    }

    /** A release of the store, run as the settings say. */
    private LoadedModel open(ModelSettings settings, ModelSource.Found.Stored stored) {
        ModelFile file = source.shared(stored.model().model());
        requireRoom(settings, file, stored.model().manifest().budgets().memoryBytes());
        ModelRef ref = new ModelRef(settings.name(), stored.release().version(), file.sha256());
        Processing.Steps steps = steps(stored);
        return new LoadedModel(
                Interpreter.open(file, options(settings)),
                ref,
                stored.labels(),
                steps,
                stored.model().manifest().reference());
    }

    /** The steps that its package brings. */
    public static Processing.Steps steps(ModelSource.Found.Stored stored) {
        ModelManifest manifest = stored.model().manifest();
        Processing said = Processing.of(
                "the manifest",
                manifest.processing().preprocess(),
                manifest.processing().postprocess());
        return switch (said) {
            case Processing.Steps steps -> steps;
            case Processing.Wrong(List<Problem> problems) -> {
                Problem first = problems.getFirst();
                throw new PipelineException(
                        "release " + stored.release().number() + " of model " + manifest.name()
                                + " says how it is processed in a way that this agent does not know: " + first.key()
                                + ": "
                                + first.message(),
                        "install a newer agent, or a release that does without it");
            }
        };
    }

    private LoadedModel open(ModelSettings settings) {
        Path path = file(settings);
        ModelFile file = files.computeIfAbsent(path, it -> source.shared(ModelFile.read(it)));
        requireRoom(settings, file, null);
        ModelRef ref = new ModelRef(settings.name(), settings.version(), file.sha256());
        return new LoadedModel(Interpreter.open(file, options(settings)), ref, labels(settings));
    }

    /** What native code takes cannot be taken back: a model that does not fit could cost the device its process. */
    private void requireRoom(ModelSettings settings, ModelFile file, @Nullable Long budget) {
        String reason = room.whyNot(settings.name(), file.sizeBytes(), budget);
        if (reason != null) {
            throw PipelineException.withoutModel(
                    reason, "free memory, run fewer models or interpreters, or use a smaller model");
        }
    }

    /** The file that the settings name; a model that has none is thrown. */
    public static Path file(ModelSettings settings) {
        Path path = settings.file();
        if (path == null) {
            throw PipelineException.withoutModel(
                    "no release of model " + settings.name() + " is installed and its configuration names no file",
                    "install a package: fulmar model install PACKAGE --state DIR");
        }
        return path;
    }

    /** How a model is run by its settings. */
    public static InterpreterOptions options(ModelSettings settings) {
        Delegate delegate = switch (settings.delegate()) {
            case XNNPACK -> Delegate.XNNPACK;
            case NONE -> Delegate.NONE;
        };
        return new InterpreterOptions(settings.threads(), delegate);
    }

    /** The names in the labels file that the settings name; none where they name none. */
    public static List<String> labels(ModelSettings settings) {
        Path file = settings.labels();
        if (file == null) {
            return List.of();
        }
        try {
            return lines(Files.readString(file));
        } catch (IOException e) {
            throw new PipelineException(
                    "the labels of model " + settings.name() + " cannot be read from " + file + ": " + e,
                    "give the file one label a line, in UTF-8");
        }
    }

    /** The labels in a text, one a line. */
    static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
