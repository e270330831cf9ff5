package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Release;
import io.fulmar.sync.wire.ModelRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code model.list}: the models of the device, and which pipelines run them. Owned by the command thread. */
public final class ModelListHandler implements CommandHandler {
    private final Supplier<List<ModelSettings>> models;
    private final Supplier<List<Activation>> releases;
    private final Pipelines pipelines;

    public ModelListHandler(
            Supplier<List<ModelSettings>> models, Supplier<List<Activation>> releases, Pipelines pipelines) {
        this.models = models;
        this.releases = releases;
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
            if (ref.name().equals(model.name())) {
                told.put("version", ref.version());
                told.put("sha256", ref.sha256());
                running.add(view.name());
            }
        }
        told.put("pipelines", running);
        releases.get().stream()
                .filter(it -> it.name().equals(model.name()))
                .findFirst()
                .ifPresent(it -> {
                    List<Object> stored = new ArrayList<>();
                    tell(stored, "active", it.active());
                    tell(stored, "previous", it.previous());
                    told.put("releases", stored);
                });
        return told;
    }

    private static void tell(List<Object> stored, String state, @Nullable Release release) {
        if (release != null) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("release", release.number());
            one.put("version", release.version());
            one.put("state", state);
            one.put("manifest", release.manifest());
            stored.add(one);
        }
    }
}
