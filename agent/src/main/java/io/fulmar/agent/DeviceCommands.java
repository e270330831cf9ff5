package io.fulmar.agent;

import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.command.CommandTable;
import io.fulmar.agent.command.handlers.ActuateHandler;
import io.fulmar.agent.command.handlers.CaptureHandler;
import io.fulmar.agent.command.handlers.Diagnostics;
import io.fulmar.agent.command.handlers.ExplainHandler;
import io.fulmar.agent.command.handlers.InferHandler;
import io.fulmar.agent.command.handlers.LearnHandler;
import io.fulmar.agent.command.handlers.LogsHandler;
import io.fulmar.agent.command.handlers.ModelListHandler;
import io.fulmar.agent.command.handlers.PipelineSwitch;
import io.fulmar.agent.command.handlers.SamplesHandler;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.LogRing;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.ModelSettings;
import io.fulmar.sync.wire.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The commands of a device, put together.
 *
 * @param config the configuration that runs
 * @param toml the same as text, without secrets
 * @param status the status document
 *     <p>Immutable.
 */
record DeviceCommands(
        String version,
        Supplier<DeviceConfig> config,
        Supplier<String> toml,
        Supplier<Stamp> stamper,
        Supplier<byte[]> status,
        Pipelines pipelines,
        Samples samples,
        StoredModels stored,
        Counters counters,
        FaultLog faults,
        LogRing logs) {

    CommandTable.Builder table(CaptureHandler capture) {
        Supplier<List<ModelSettings>> models = () -> config.get().models();
        return CommandTable.builder()
                .reading("ping", args -> () -> CommandOutcome.done(ping()))
                .reading("status", args -> () -> CommandOutcome.done(new String(status.get(), StandardCharsets.UTF_8)))
                .reading("infer", new InferHandler(models, stored, System::nanoTime))
                .reading("model.list", new ModelListHandler(models, stored::activations, pipelines))
                .reading("logs", new LogsHandler(logs))
                .reading("diagnostics", new Diagnostics(status, counters, faults, pipelines::view, toml))
                .reading("samples.list", new SamplesHandler(samples, SamplesHandler.Doing.LIST))
                .changing("actuate", new ActuateHandler(pipelines))
                .changing("capture", capture)
                .changing("drift.learn", new LearnHandler(pipelines))
                .changing("explain", new ExplainHandler(config, stored, pipelines, samples, System::nanoTime))
                .changing("samples.send", new SamplesHandler(samples, SamplesHandler.Doing.SEND))
                .changing("samples.remove", new SamplesHandler(samples, SamplesHandler.Doing.REMOVE))
                .changing("pipeline.pause", new PipelineSwitch(pipelines, false))
                .changing("pipeline.resume", new PipelineSwitch(pipelines, true));
    }

    private Map<String, Object> ping() {
        Stamp now = stamper.get();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("agent", version);
        told.put("boot", now.boot());
        told.put("uptimeMs", now.uptimeMillis());
        return told;
    }
}
