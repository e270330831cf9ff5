package io.fulmar.agent.api.serve;

import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.run.ModelLoader;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.wire.ModelRef;
import java.nio.file.Path;

/** Reads what a model is without making it ready to run. */
final class FactsReader {
    private FactsReader() {}

    /** What is thrown says why it cannot be run. */
    static ModelFacts read(ModelSource source, ModelSettings settings) {
        return switch (source.find(settings.name())) {
            case ModelSource.Found.Stored stored -> {
                ModelFile file = stored.model().model();
                ModelRef ref = new ModelRef(settings.name(), stored.release().version(), file.sha256());
                yield ModelFacts.of(ref, file.description(), stored.labels());
            }
            case ModelSource.Found.InFile _ -> {
                Path path = ModelLoader.file(settings);
                ModelFile file = ModelFile.read(path);
                ModelRef ref = new ModelRef(settings.name(), settings.version(), file.sha256());
                yield ModelFacts.of(ref, file.description(), ModelLoader.labels(settings));
            }
            case ModelSource.Found.Nothing nothing ->
                throw PipelineException.withoutModel(nothing.reason(), nothing.hint());
        };
    }
}
