package io.fulmar.agent.configure;

import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.command.CommandTable;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.config.ConfigException;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.Fragment;
import io.fulmar.config.LoadResult;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.model.store.Activation;
import io.fulmar.model.store.Attempt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The commands that show or change the configuration. Owned by the command thread. */
public final class ConfigCommands {
    private final Configurator configurator;
    private final Startup startup;
    private final StoredModels models;
    private final Runnable restart;

    /**
     * @param models the releases that lie on the device
     * @param restart closes the agent and opens it again, when the caller has come to its end
     */
    public ConfigCommands(Configurator configurator, Startup startup, StoredModels models, Runnable restart) {
        this.configurator = configurator;
        this.startup = startup;
        this.models = models;
        this.restart = restart;
    }

    /** Adds them. */
    public void addTo(CommandTable.Builder table) {
        table.reading("config.get", this::get);
        table.changing("config.set", this::set);
        table.changing("model.activate", this::activate);
        table.changing("model.rollback", this::rollback);
        table.changing("restart", this::restart);
    }

    private CommandHandler.Effect get(Arguments args) {
        return () -> {
            Configurator.View now = configurator.view();
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("generation", now.running().number());
            result.put("version", now.running().version());
            result.put("sha256", now.running().sha256());
            result.put("toml", now.toml());
            try {
                return CommandOutcome.done(result);
            } catch (IllegalArgumentException tooLong) {
                return new CommandOutcome.Failed("the configuration is longer than an answer may be");
            }
        };
    }

    private CommandHandler.Effect set(Arguments args) {
        String toml = args.textOrNull("toml");
        Map<String, @Nullable Object> keys = args.others();
        if ((toml == null) == keys.isEmpty()) {
            throw new ArgumentException(
                    "give either 'toml', a fragment, or dotted keys such as log.level or pipeline.NAME.record.policy");
        }
        return change(toml != null ? toml : text(Fragment.ofKeys(keys)));
    }

    private CommandHandler.Effect activate(Arguments args) {
        if (args.value("release") != null) {
            return activateRelease(args);
        }
        PipelineSettings pipeline = pipeline(args);
        return use(pipeline.name(), model(args));
    }

    /** Of the releases that lie on the device, the one before the active one is the only other one that may run. */
    private CommandHandler.Effect activateRelease(Arguments args) {
        String model = model(args);
        int number = args.wholeNumber("release", 1, Integer.MAX_VALUE, 1);
        Activation state = activation(model);
        if (state.active() != null && state.active().number() == number) {
            return () -> CommandOutcome.done(Map.of("state", "unchanged"));
        }
        if (state.previous() == null || state.previous().number() != number) {
            throw new ArgumentException("'release' is one of those that model.list shows for " + model);
        }
        return giveBack(model);
    }

    private Activation activation(String model) {
        return models.activations().stream()
                .filter(it -> it.name().equals(model))
                .findFirst()
                .orElseThrow(() -> new ArgumentException("no release of model " + model + " is installed"));
    }

    private String model(Arguments args) {
        return args.oneOf(
                "model",
                configurator.view().config().models().stream()
                        .map(ModelSettings::name)
                        .toList());
    }

    private CommandHandler.Effect giveBack(String model) {
        return () -> configurator.giveBack(models, model);
    }

    private CommandHandler.Effect rollback(Arguments args) {
        if (args.value("model") != null) {
            String model = model(args);
            Activation state = activation(model);
            boolean onTrial = state.attempt() != null && state.attempt().step() == Attempt.Step.TRIAL;
            if (!onTrial && state.previous() == null) {
                throw new ArgumentException("model " + model + " has no release before");
            }
            return giveBack(model);
        }
        PipelineSettings pipeline = pipeline(args);
        String former = configurator.view().kept().formerModels().get(pipeline.name());
        if (former == null) {
            throw new ArgumentException(
                    "pipeline " + pipeline.name() + " has had no other model than " + pipeline.model());
        }
        return use(pipeline.name(), former);
    }

    private PipelineSettings pipeline(Arguments args) {
        List<PipelineSettings> pipelines = configurator.view().config().pipelines();
        String name = args.oneOf(
                "pipeline", pipelines.stream().map(PipelineSettings::name).toList());
        return pipelines.stream()
                .filter(it -> it.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private CommandHandler.Effect use(String pipeline, String model) {
        return change(text(Fragment.ofKeys(Map.of("pipeline." + pipeline + ".model", model))));
    }

    /** Looks first whether the change would do, so that what would not is refused before anything begins. */
    private CommandHandler.Effect change(String toml) {
        String joined = text(Fragment.over(configurator.view().running().toml(), toml));
        Generation asked = new Generation(0, 0, joined);
        try {
            if (ConfigLoader.load(Startup.layered(startup.sources(), asked)) instanceof LoadResult.Invalid invalid) {
                throw new ArgumentException(Startup.text(invalid.problems()));
            }
        } catch (ConfigException e) {
            throw new ArgumentException(String.valueOf(e.getMessage()));
        }
        return () -> outcome(configurator.set(toml));
    }

    private static String text(Fragment fragment) {
        return switch (fragment) {
            case Fragment.Text text -> text.toml();
            case Fragment.Wrong wrong -> throw new ArgumentException(Startup.text(wrong.problems()));
        };
    }

    private static CommandOutcome outcome(Configured configured) {
        return switch (configured) {
            case Configured.Unchanged _ -> CommandOutcome.done(Map.of("state", "unchanged"));
            case Configured.Applied applied ->
                CommandOutcome.done(Map.of("state", "active", "generation", applied.generation()));
            case Configured.Trial trial ->
                CommandOutcome.done(Map.of("state", "trial", "generation", trial.generation()));
            case Configured.Refused refused -> new CommandOutcome.Refused(refused.reason());
            case Configured.Pending _ ->
                new CommandOutcome.Unknown("it takes long; the reported state will say what becomes of it");
        };
    }

    private CommandHandler.Effect restart(Arguments args) {
        String problem = startup.whyNotAgain();
        if (problem != null) {
            throw new ArgumentException("the agent would not start again: " + problem);
        }
        return () -> new CommandOutcome.Done(null, restart);
    }
}
