package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.run.Pipelines;
import java.util.Map;

/** {@code pipeline.pause} and {@code pipeline.resume}; both last until the agent restarts. Owned by the command thread. */
public final class PipelineSwitch implements CommandHandler {
    private final Pipelines pipelines;
    private final boolean on;

    public PipelineSwitch(Pipelines pipelines, boolean on) {
        this.pipelines = pipelines;
        this.on = on;
    }

    @Override
    public Effect prepare(Arguments args) {
        String name = args.oneOf("pipeline", pipelines.names());
        return () -> {
            boolean there = on ? pipelines.resume(name) : pipelines.pause(name);
            return there
                    ? CommandOutcome.done(Map.of("pipeline", name, "state", on ? "running" : "paused"))
                    : new CommandOutcome.Refused("there is no pipeline " + name + " any more");
        };
    }
}
