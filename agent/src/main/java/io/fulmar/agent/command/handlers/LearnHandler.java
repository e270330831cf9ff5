package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.Pipelines;
import java.util.Map;

/** {@code drift.learn}: what a pipeline sees and says from now on is the usual. Owned by the command thread. */
public final class LearnHandler implements CommandHandler {
    private final Pipelines pipelines;

    public LearnHandler(Pipelines pipelines) {
        this.pipelines = pipelines;
    }

    @Override
    public Effect prepare(Arguments args) {
        String name = args.oneOf("pipeline", pipelines.names());
        return () -> switch (pipelines.ask(name, it -> it.learnAnew(), Limits.PIPELINE_PATIENCE)) {
            case Asked.Done<Boolean>(Boolean learns) ->
                learns
                        ? CommandOutcome.done(Map.of("pipeline", name, "state", "learning"))
                        : new CommandOutcome.Refused(
                                "pipeline " + name + " learns nothing: its reference is the model's,"
                                        + " or it is not watched; see [pipeline.drift]");
            case Asked.NotBegun<Boolean> _ -> new CommandOutcome.Failed("the pipeline had no time for it");
            case Asked.NotEnded<Boolean> _ -> new CommandOutcome.Unknown("the pipeline did not come to its end");
        };
    }
}
