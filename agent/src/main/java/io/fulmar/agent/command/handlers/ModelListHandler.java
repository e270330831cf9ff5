package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.config.ModelSettings;
import io.fulmar.sync.wire.ModelRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** {@code model.list}: the models of the device, and which pipelines run them. Owned by the command thread. */
public final class ModelListHandler implements CommandHandler {
    private final Supplier<List<ModelSettings>> models;
    private final Pipelines pipelines;

    public ModelListHandler(Supplier<List<ModelSettings>> models, Pipelines pipelines) {
        this.models = models;
        this.pipelines = pipelines;
    }

    @Override
    public Effect prepare(Arguments args) {
        return () -> {
            List<Object> told = new ArrayList<>();
            for (ModelSettings model : models.get()) {
                told.add(told(model));
            }
            return CommandOutcome.done(Map.of("models", told));
        };
    }

    private Map<String, Object> told(ModelSettings model) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("name", model.name());
        told.put("version", model.version());
        told.put("threads", model.threads());
        told.put("delegate", model.delegate().name().toLowerCase(Locale.ROOT));
        List<Object> running = new ArrayList<>();
        for (Pipelines.View view : pipelines.view()) {
            ModelRef ref = view.model();
            if (ref.name().equals(model.name()) && ref.version().equals(model.version())) {
                told.put("sha256", ref.sha256());
                running.add(view.name());
            }
        }
        told.put("pipelines", running);
        return told;
    }
}
