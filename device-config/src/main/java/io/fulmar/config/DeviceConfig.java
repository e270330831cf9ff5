package io.fulmar.config;

import java.util.List;
import java.util.Optional;

/** Everything that one device's configuration says, checked, with defaults filled in. Immutable. */
public record DeviceConfig(
        Device device,
        State state,
        Mqtt mqtt,
        OutboxSettings outbox,
        List<ModelSettings> models,
        List<PipelineSettings> pipelines,
        Log log,
        UpdateSettings update,
        Trust trust,
        HardwareSettings hardware,
        ApiSettings api) {

    public DeviceConfig {
        models = List.copyOf(models);
        pipelines = List.copyOf(pipelines);
    }

    /** The model of this name; the loader has made sure that the models which pipelines name exist. */
    public Optional<ModelSettings> model(String name) {
        return models.stream().filter(model -> model.name().equals(name)).findFirst();
    }

    /** The pipeline of this name. */
    public Optional<PipelineSettings> pipeline(String name) {
        return pipelines.stream()
                .filter(pipeline -> pipeline.name().equals(name))
                .findFirst();
    }
}
