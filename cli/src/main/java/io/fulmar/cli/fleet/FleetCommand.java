package io.fulmar.cli.fleet;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet}: the cloud side. Owned by the main thread. */
@Command(
        name = "fleet",
        description = "Runs the fleet service, and shows what it has received.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ServeCommand.class,
            DevicesCommand.class,
            StreamsCommand.class,
            PredictionsCommand.class,
            AskCommand.class,
            DriftCommand.class,
            TruthCommand.class,
            SamplesCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            SendCommand.class,
            CommandsCommand.class,
            ConfigureCommand.class,
            PublishCommand.class,
            ModelsCommand.class,
            YankCommand.class,
            AssignCommand.class,
            RolloutCommand.class,
            LabelCommand.class,
            KeyCommand.class,
            TokenCommand.class,
            EnrollCommand.class,
            RevokeCommand.class,
            IdentitiesCommand.class,
            MosquittoCommand.class
        })
public final class FleetCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'fleet'");
        }
    }
}
