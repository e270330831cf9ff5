package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.run.ModelLoader;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ModelSettings;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A model with an interpreter that only commands use, opened when one asks for it and closed when none does any more, so that no
 * pipeline feels it. Owned by the command thread.
 */
final class OwnModel {
    private final ModelSource source;
    private final LongSupplier nanoClock;
    private @Nullable Open open;
    private long usedNanos;

    private record Open(ModelSettings settings, String active, LoadedModel model) {}

    OwnModel(ModelSource source, LongSupplier nanoClock) {
        this.source = source;
        this.nanoClock = nanoClock;
    }

    /** The model with that name; the only one where a command gives none. */
    static ModelSettings named(List<ModelSettings> known, @Nullable String name) {
        if (name == null && known.size() == 1) {
            return known.getFirst();
        }
        return known.stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ArgumentException("'model' is one of "
                        + String.join(
                                ", ", known.stream().map(ModelSettings::name).toList())));
    }

    /** @throws PipelineException if it cannot be opened */
    LoadedModel opened(ModelSettings settings) {
        String active = source.active(settings.name());
        if (open == null || !open.settings().equals(settings) || !open.active().equals(active)) {
            close();
            open = new Open(settings, active, new ModelLoader(source).load(settings));
        }
        usedNanos = nanoClock.getAsLong();
        return open.model();
    }

    /** Closes it if nobody has asked for a while; returns how much was done. */
    int work(long nowNanos) {
        if (open == null || nowNanos - usedNanos < Limits.INTERPRETER_IDLE.toNanos()) {
            return 0;
        }
        close();
        return 1;
    }

    void close() {
        if (open != null) {
            open.model().interpreter().close();
            open = null;
        }
    }
}
