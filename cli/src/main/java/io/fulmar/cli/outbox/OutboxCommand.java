package io.fulmar.cli.outbox;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar outbox}: what concerns the store of a device. Owned by the main thread. */
@Command(
        name = "outbox",
        description = "Looks at the store of a device, and carries its rows to a fleet that no network reaches.",
        subcommands = {InspectCommand.class, ExportCommand.class, SalvageCommand.class, AcknowledgeCommand.class})
public final class OutboxCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing");
        }
    }
}
