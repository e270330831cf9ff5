package io.fulmar.agent.run;

import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.source.SourcePlace;
import io.fulmar.agent.io.source.Sources;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.PipelineSettings;

/** Opens pipelines with their models and sources: all of it, or nothing. Owned by the thread that opens. */
public final class PipelineOpener {
    private final PipelineContext context;
    private final ModelLoader loader;

    public PipelineOpener(PipelineContext context, ModelSource models) {
        this.context = context;
        this.loader = new ModelLoader(models);
    }

    /** A pipeline of {@code config}, not started; what is wrong with its model, source or steps is thrown. */
    public PipelineWorker open(DeviceConfig config, PipelineSettings settings) {
        return loader.load(config.model(settings.model()).orElseThrow(), model -> open(config, settings, model));
    }

    /** The same with what was found, whatever the source of models says now. */
    public PipelineWorker open(DeviceConfig config, PipelineSettings settings, ModelSource.Found found) {
        return loader.opened(
                config.model(settings.model()).orElseThrow(), found, model -> open(config, settings, model));
    }

    /** A model that was found, ready to run. */
    public LoadedModel load(ModelSettings settings, ModelSource.Found found) {
        return loader.opened(settings, found, model -> model);
    }

    private PipelineWorker open(DeviceConfig config, PipelineSettings settings, LoadedModel model) {
        Doorbell doorbell = new Doorbell();
        SourcePlace place =
                new SourcePlace(settings.name(), config.state().dir(), PipelineOpener::begin, doorbell::ring);
        Source source = Sources.open(settings.source(), model.interpreter().input(0), place, context.hardware());
        boolean opened = false;
        try {
            PipelineWorker worker =
                    new PipelineWorker(Pipeline.open(settings, model, source, context), model, doorbell);
            opened = true;
            return worker;
        } finally {
            if (!opened) {
                source.close();
            }
        }
    }

    private static void begin(String name, Runnable work) {
        Thread.ofPlatform().name("fulmar-" + name).daemon(true).start(work);
    }
}
