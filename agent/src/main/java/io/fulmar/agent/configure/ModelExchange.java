package io.fulmar.agent.configure;

import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.ModelLoader;
import io.fulmar.agent.run.ModelSource.Found;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.model.tflite.ModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets the release before the active one run again: in all pipelines of the model, each between two frames, or in none.
 * Owned by the configurator's thread.
 */
public final class ModelExchange {
    private final StoredModels models;
    private final Pipelines pipelines;

    public ModelExchange(StoredModels models, Pipelines pipelines) {
        this.models = models;
        this.pipelines = pipelines;
    }

    /** The releases of each model that lie on the device. Thread-safe. */
    StoredModels models() {
        return models;
    }

    CommandOutcome giveBack(DeviceConfig config, String name) {
        ModelSettings settings = config.model(name).orElseThrow();
        if (!(models.previous(name) instanceof Found.Stored previous)) {
            return new CommandOutcome.Refused(
                    models.previous(name) instanceof Found.Nothing nothing ? nothing.reason() : "nothing is stored");
        }
        List<String> running = config.pipelines().stream()
                .filter(it -> it.model().equals(name))
                .map(PipelineSettings::name)
                .filter(pipelines.names()::contains)
                .toList();
        Map<String, LoadedModel> replaced = new LinkedHashMap<>();
        String problem = exchange(settings, previous, running, replaced);
        if (problem == null) {
            problem = models.giveBack(name);
        }
        if (problem != null) {
            problem += undo(replaced);
            return new CommandOutcome.Refused(problem);
        }
        replaced.values().forEach(model -> model.interpreter().close());
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("model", name);
        told.put("version", previous.release().version());
        told.put("release", previous.release().number());
        told.put("pipelines", running);
        return CommandOutcome.done(told);
    }

    /** Null, or why not all of them run it now. */
    private @Nullable String exchange(
            ModelSettings settings, Found.Stored release, List<String> running, Map<String, LoadedModel> replaced) {
        for (String pipeline : running) {
            LoadedModel next;
            try {
                next = ModelLoader.open(settings, release);
            } catch (ModelException e) {
                return "release " + release.release().number() + " cannot be run: " + e.getMessage();
            }
            String problem = exchange(pipeline, next, replaced);
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    private @Nullable String exchange(String pipeline, LoadedModel next, Map<String, LoadedModel> replaced) {
        try {
            return switch (pipelines.exchange(pipeline, next, Limits.EXCHANGE)) {
                case Asked.Done<LoadedModel>(LoadedModel before) -> {
                    replaced.put(pipeline, before);
                    yield null;
                }
                case Asked.NotBegun<LoadedModel> _ -> {
                    next.interpreter().close();
                    yield "pipeline " + pipeline + " does not come to the end of its frame";
                }
                case Asked.NotEnded<LoadedModel> _ -> // it may yet run it: whoever closes the pipeline closes it
                    "pipeline " + pipeline + " does not come to an end with it";
            };
        } catch (PipelineException e) {
            next.interpreter().close();
            return String.valueOf(e.getMessage());
        }
    }

    /** What was replaced runs again; says where that did not work. */
    private String undo(Map<String, LoadedModel> replaced) {
        List<String> left = new ArrayList<>();
        Map<String, LoadedModel> undone = new LinkedHashMap<>();
        replaced.forEach((pipeline, before) -> {
            if (exchange(pipeline, before, undone) != null) {
                left.add(pipeline);
            }
        });
        undone.values().forEach(model -> model.interpreter().close());
        return left.isEmpty() ? "" : "; it runs in " + String.join(", ", left) + " until the agent starts again";
    }
}
