package io.fulmar.agent.configure;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.run.MemoryRoom;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.PipelineWorker;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.config.ConfigDiff;
import io.fulmar.config.ConfigException;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.model.tflite.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pipelines of another configuration, opened beside those that run: either all of them can be opened and take the
 * places of the old ones, or none does and the old ones go on. Pipelines that are the same in both are not touched.
 *
 * <p>Where memory is short, the old ones are stopped first; if the new ones cannot be opened then, the old ones are opened
 * again. Owned by the configurator's thread.
 */
final class Rebuild implements AutoCloseable {
    private final Pipelines pipelines;
    private final Supplier<PipelineOpener> openers;
    private final DeviceConfig old;
    private final ConfigDiff diff;
    private final FaultLog faults;
    private final List<PipelineWorker> opened = new ArrayList<>();
    private boolean released;

    private Rebuild(
            Pipelines pipelines, Supplier<PipelineOpener> openers, DeviceConfig old, ConfigDiff diff, FaultLog faults) {
        this.pipelines = pipelines;
        this.openers = openers;
        this.old = old;
        this.diff = diff;
        this.faults = faults;
    }

    /** Whether it could be opened. Immutable. */
    sealed interface Result {
        /** All of it; whoever has it swaps or closes it. */
        record Opened(Rebuild rebuild) implements Result {}

        /** Nothing of it, for this reason. */
        record Failed(String reason) implements Result {}
    }

    /** Opens what is different between the two configurations. */
    static Result open(
            Pipelines pipelines,
            Supplier<PipelineOpener> openers,
            DeviceConfig old,
            DeviceConfig now,
            FaultLog faults) {
        ConfigDiff diff = ConfigDiff.between(old, now);
        Rebuild rebuild = new Rebuild(pipelines, openers, old, diff, faults);
        String failure = rebuild.openAll(now);
        if (failure == null) {
            return new Result.Opened(rebuild);
        }
        rebuild.close();
        return new Result.Failed(failure);
    }

    private static List<ModelSettings> models(DeviceConfig config, List<PipelineSettings> wanted) {
        return wanted.stream()
                .map(pipeline -> config.model(pipeline.model()).orElseThrow())
                .toList();
    }

    private @Nullable String openAll(DeviceConfig now) {
        List<PipelineSettings> wanted = now.pipelines().stream()
                .filter(it -> diff.pipelinesAdded().contains(it.name())
                        || diff.pipelinesChanged().contains(it.name()))
                .toList();
        if (!MemoryRoom.ofHost().has(models(now, wanted))) {
            released = true;
            diff.pipelinesChanged().forEach(pipelines::release);
        }
        PipelineOpener opener = openers.get();
        for (PipelineSettings settings : wanted) {
            try {
                opened.add(opener.open(now, settings));
            } catch (PipelineException | ModelException | SourceException | ConfigException e) {
                return "pipeline " + settings.name() + " cannot be opened: " + e.getMessage();
            }
        }
        return null;
    }

    /** Lets the new ones take their places; the old ones are stopped after the frame that they are at. */
    void swap(Counters counters) {
        counters.add(Counter.PIPELINES_REBUILT, opened.size());
        opened.forEach(pipelines::put);
        opened.clear();
        diff.pipelinesRemoved().forEach(pipelines::remove);
        released = false;
    }

    /** Closes what was opened and not swapped in; the old ones go on. */
    @Override
    public void close() {
        opened.forEach(PipelineWorker::close);
        opened.clear();
        if (released) {
            released = false;
            bringBack();
        }
    }

    private void bringBack() {
        PipelineOpener opener = openers.get();
        for (String name : diff.pipelinesChanged()) {
            try {
                pipelines.put(opener.open(old, old.pipeline(name).orElseThrow()));
            } catch (PipelineException | ModelException | SourceException | ConfigException e) {
                faults.record(
                        "config",
                        "pipeline " + name + " could not be opened again: " + e.getMessage(),
                        "it does not run until its configuration changes or the agent starts again");
            }
        }
    }
}
