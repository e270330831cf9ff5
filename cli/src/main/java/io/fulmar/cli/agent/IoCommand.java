package io.fulmar.cli.agent;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar agent io}: tries by hand what is wired to a device. Owned by the main thread. */
@Command(
        name = "io",
        subcommands = {
            IoListCommand.class,
            IoReadCommand.class,
            IoWatchCommand.class,
            IoSetCommand.class,
            IoSafeCommand.class,
            IoSimulateCommand.class,
            IoPortsCommand.class
        },
        description = "Tries by hand what [hardware] of a device's configuration says is wired to it.",
        footer = {
            "",
            "A pin belongs to one process at a time: stop the agent to move its outputs. See docs/hardware.md."
        })
final class IoCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing");
        }
    }
}
