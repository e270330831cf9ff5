package io.fulmar.agent.configure;

import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.ModelSource.Found;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.config.ConfigException;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.model.store.Attempt;
import io.fulmar.model.store.Release;
import io.fulmar.model.store.StoreException;
import io.fulmar.model.tflite.ModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets another release of a model run: in all of its pipelines, each between two frames, or in none. A pipeline that waits
 * for the model is opened; one whose model does not come back is left behind, and another takes its place. Owned by the
 * configurator's thread.
 */
final class ModelExchange {
    private final Pipelines pipelines;
    private final Supplier<PipelineOpener> openers;
    private final Conditions conditions;
    private final Duration limit;

    ModelExchange(Pipelines pipelines, Supplier<PipelineOpener> openers, Conditions conditions) {
        this(pipelines, openers, conditions, Limits.EXCHANGE);
    }

    /** @param limit how long a pipeline may take to come to the end of a frame */
    ModelExchange(Pipelines pipelines, Supplier<PipelineOpener> openers, Conditions conditions, Duration limit) {
        this.pipelines = pipelines;
        this.openers = openers;
        this.conditions = conditions;
        this.limit = limit;
    }

    /** The pipelines of that model run this. */
    Exchanged to(DeviceConfig config, String name, Found target) {
        ModelSettings settings = config.model(name).orElse(null);
        if (settings == null) {
            return new Exchanged.Refused("the configuration has no model " + name, false);
        }
        List<PipelineSettings> users = users(config, name);
        long start = System.nanoTime();
        if (target instanceof Found.Nothing nothing) {
            users.forEach(it -> stop(it.name(), nothing));
            return new Exchanged.Done(Duration.ofNanos(System.nanoTime() - start), 0);
        }
        Change change = new Change(config, settings, target);
        for (PipelineSettings user : users) {
            String problem = change.of(user);
            if (problem != null) {
                return new Exchanged.Refused(problem + change.undo(), change.isBusy());
            }
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        change.keep();
        return new Exchanged.Done(took, framesDropped(name));
    }

    /** The pipelines of that model have none and take no frame until they get one; after a refusal some of them may. */
    Exchanged rest(DeviceConfig config, String name) {
        long start = System.nanoTime();
        for (PipelineSettings user : users(config, name)) {
            if (!pipelines.runs(user.name())) {
                continue;
            }
            if (pipelines.rest(user.name(), limit) instanceof Asked.Done<Optional<LoadedModel>>(var before)) {
                before.ifPresent(model -> model.interpreter().close());
            } else if (pipelines.hangs(user.name(), limit.dividedBy(2))) {
                pipelines.release(user.name());
            } else {
                return new Exchanged.Refused(
                        "pipeline " + user.name() + " does not come to the end of its frame", true);
            }
        }
        return new Exchanged.Done(Duration.ofNanos(System.nanoTime() - start), 0);
    }

    private static List<PipelineSettings> users(DeviceConfig config, String name) {
        return config.pipelines().stream().filter(it -> it.model().equals(name)).toList();
    }

    private void stop(String pipeline, Found.Nothing why) {
        pipelines.remove(pipeline);
        String reason = "pipeline " + pipeline + " does not run: " + why.reason();
        conditions.raise(ConditionName.MODEL_MISSING, pipeline, reason, why.hint());
    }

    /** Waits, not for long, for the first frame of each; those that have none by then are told by their tallies later. */
    private long framesDropped(String name) {
        long end = System.nanoTime() + Limits.FIRST_FRAME.toNanos();
        List<PipelineTally> tallies = pipelines.tallies(name);
        while (System.nanoTime() - end < 0
                && tallies.stream().anyMatch(it -> it.framesDropped() < 0 && !pipelines.paused(it.pipeline()))) {
            LockSupport.parkNanos(Limits.FIRST_FRAME_LOOK.toNanos());
            tallies = pipelines.tallies(name);
        }
        return tallies.stream().mapToLong(it -> Math.max(0, it.framesDropped())).sum();
    }

    /** One exchange in progress: what it has changed so far, until that is kept or undone. */
    private final class Change {
        private final DeviceConfig config;
        private final ModelSettings settings;
        private final Found target;
        private final PipelineOpener opener = openers.get();
        private final Map<String, Optional<LoadedModel>> replaced = new LinkedHashMap<>();
        private final List<String> opened = new ArrayList<>();
        private final List<String> beyondUndoing = new ArrayList<>();
        private boolean busy;

        Change(DeviceConfig config, ModelSettings settings, Found target) {
            this.config = config;
            this.settings = settings;
            this.target = target;
        }

        /** Null, or why that pipeline does not run it now. */
        @Nullable
        String of(PipelineSettings user) {
            try {
                if (pipelines.runs(user.name())) {
                    return exchange(user);
                }
                pipelines.put(opener.open(config, user, target));
                conditions.clear(ConditionName.MODEL_MISSING, user.name());
                opened.add(user.name());
                return null;
            } catch (PipelineException | ModelException | SourceException | ConfigException e) {
                return "it cannot be run in pipeline " + user.name() + ": " + e.getMessage();
            }
        }

        private @Nullable String exchange(PipelineSettings user) {
            LoadedModel next = opener.load(settings, target);
            Asked<Optional<LoadedModel>> asked = given(user.name(), next);
            if (asked instanceof Asked.Done<Optional<LoadedModel>>(var before)) {
                replaced.put(user.name(), before);
                return null;
            }
            if (asked instanceof Asked.NotEnded) { // it may yet run it: whoever closes the pipeline closes it
                beyondUndoing.add(user.name());
                return "pipeline " + user.name() + " does not come to an end with it";
            }
            next.interpreter().close();
            if (!pipelines.hangs(user.name(), limit.dividedBy(2))) {
                busy = true;
                return "pipeline " + user.name() + " does not come to the end of its frame";
            }
            pipelines.put(opener.open(config, user, target));
            beyondUndoing.add(user.name());
            return null;
        }

        /** The one that was given, or a model that does not fit, is the caller's again. */
        private Asked<Optional<LoadedModel>> given(String pipeline, LoadedModel next) {
            boolean fits = false;
            try {
                Asked<Optional<LoadedModel>> asked = pipelines.exchange(pipeline, next, limit);
                fits = true;
                return asked;
            } finally {
                if (!fits) {
                    next.interpreter().close();
                }
            }
        }

        /** Whether it was a frame that took too long, and not the model. */
        boolean isBusy() {
            return busy;
        }

        void keep() {
            replaced.values()
                    .forEach(before ->
                            before.ifPresent(model -> model.interpreter().close()));
        }

        /** What was replaced runs again; says where that did not work. */
        String undo() {
            for (String pipeline : opened) {
                stop(pipeline, new Found.Nothing("no release of model " + settings.name() + " can be run", ""));
            }
            replaced.forEach((pipeline, before) -> {
                Asked<Optional<LoadedModel>> asked = before.isPresent()
                        ? pipelines.exchange(pipeline, before.get(), limit)
                        : pipelines.rest(pipeline, limit);
                if (asked instanceof Asked.Done<Optional<LoadedModel>>(var undone)) {
                    undone.ifPresent(model -> model.interpreter().close());
                } else {
                    beyondUndoing.add(pipeline);
                }
            });
            return beyondUndoing.isEmpty()
                    ? ""
                    : "; it runs in " + String.join(", ", beyondUndoing) + " until it is exchanged again";
        }
    }

    /** Takes back what is on its way; where nothing is, the release before the active one is active and runs again. */
    CommandOutcome giveBack(DeviceConfig config, StoredModels models, String name, long seenVersion) {
        Attempt attempt = models.activation(name).attempt();
        if (attempt != null) {
            return takeBack(config, models, name, attempt);
        }
        if (!(models.previous(name) instanceof Found.Stored previous)) {
            return new CommandOutcome.Refused(
                    models.previous(name) instanceof Found.Nothing nothing ? nothing.reason() : "nothing is stored");
        }
        if (to(config, name, previous) instanceof Exchanged.Refused(String reason, boolean _)) {
            return new CommandOutcome.Refused(reason);
        }
        String problem = models.giveBack(name, seenVersion);
        if (problem != null) {
            if (to(config, name, models.find(name)) instanceof Exchanged.Refused(String reason, boolean _)) {
                problem += "; " + reason;
            }
            return new CommandOutcome.Refused(problem);
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("model", name);
        told.put("version", previous.release().version());
        told.put("release", previous.release().number());
        told.put(
                "pipelines",
                users(config, name).stream().map(PipelineSettings::name).toList());
        return CommandOutcome.done(told);
    }

    /** What is on its way is given up; on trial, it gives way to what ran before it. */
    private CommandOutcome takeBack(DeviceConfig config, StoredModels models, String name, Attempt attempt) {
        try {
            models.store(it -> it.giveUp(name, "taken-back: by a command"));
        } catch (StoreException e) {
            return new CommandOutcome.Refused(String.valueOf(e.getMessage()));
        }
        if (attempt.step() == Attempt.Step.TRIAL
                && to(config, name, models.find(name)) instanceof Exchanged.Refused(String reason, boolean _)) {
            return new CommandOutcome.Failed(
                    "release " + attempt.release().number() + " is given up, but still runs: " + reason);
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("model", name);
        told.put("takenBack", attempt.release().number());
        Release active = models.activation(name).active();
        if (active != null) {
            told.put("version", active.version());
            told.put("release", active.number());
        }
        return CommandOutcome.done(told);
    }
}
