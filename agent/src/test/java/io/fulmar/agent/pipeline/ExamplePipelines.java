package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.source.SourcePlace;
import io.fulmar.agent.io.source.Sources;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LabelsFile;
import io.fulmar.config.LoadResult;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.wire.ModelRef;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Opens the pipelines of device-config/examples with their real models. Immutable. */
final class ExamplePipelines {
    private static final Path EXAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("device-config/examples");

    private ExamplePipelines() {}

    static PipelineSettings settings(String example, Map<String, String> overrides) {
        return config(example, overrides).pipelines().getFirst();
    }

    static LoadedModel model(String example) {
        ModelSettings settings = config(example, Map.of()).models().getFirst();
        ModelFile file = ModelFile.read(java.util.Objects.requireNonNull(settings.file()));
        List<String> labels = settings.labels() == null ? List.of() : LabelsFile.read(settings.labels());
        return new LoadedModel(
                Interpreter.open(file, InterpreterOptions.DEFAULT),
                new ModelRef(settings.name(), settings.version(), file.sha256()),
                labels);
    }

    static Pipeline open(String example, Map<String, String> overrides, LoadedModel model, PipelineContext context) {
        PipelineSettings settings = settings(example, overrides);
        Source source = Sources.open(
                settings.source(),
                model.interpreter().input(0),
                new SourcePlace(settings.name(), Path.of(""), (name, work) -> {}, () -> {}),
                Hardware.none());
        return Pipeline.open(settings, model, source, context);
    }

    private static DeviceConfig config(String example, Map<String, String> overrides) {
        return switch (ConfigLoader.load(
                ConfigSources.of(EXAMPLES.resolve(example)).overrides(overrides))) {
            case LoadResult.Loaded loaded -> loaded.config();
            case LoadResult.Invalid(var problems) -> throw new AssertionError(problems.toString());
        };
    }
}
