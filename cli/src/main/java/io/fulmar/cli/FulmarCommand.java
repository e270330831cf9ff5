package io.fulmar.cli;

import io.fulmar.cli.agent.AgentCommand;
import io.fulmar.cli.config.CheckConfigCommand;
import io.fulmar.cli.model.ModelCommand;
import io.fulmar.cli.outbox.OutboxCommand;
import io.fulmar.config.ConfigException;
import io.fulmar.sync.wire.SoftwareVersion;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root of the command line: what every command has in common. */
@Command(
        name = "fulmar",
        description = "Runs quantized TensorFlow Lite models on devices and brings every prediction to the fleet.",
        subcommands = {AgentCommand.class, CheckConfigCommand.class, ModelCommand.class, OutboxCommand.class},
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = FulmarCommand.Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the command did what it was asked",
            "1:the operation failed; the error line says what, where and what to do",
            "2:the command line or the configuration is wrong; nothing was done"
        },
        exitCodeOnExecutionException = ExitCode.FAILED,
        exitCodeOnInvalidInput = ExitCode.USAGE)
public final class FulmarCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print the stack trace of an error.")
    boolean debug;

    /** The whole command line, ready to execute. */
    public static CommandLine commandLine() {
        return WithFleet.commandLine();
    }

    /** What there is on a device: it works without the libraries that only the fleet needs. */
    public static CommandLine deviceCommandLine() {
        return commandLine(ErrorLine::of);
    }

    static CommandLine commandLine(Function<Throwable, ErrorLine> lines, Class<?>... more) {
        var root = new FulmarCommand();
        var line = new CommandLine(root);
        Stream.of(more).forEach(line::addSubcommand); // before what they take over from the root is set
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().print(lines.apply(failure).text(failure, root.debug));
                    command.getErr().flush();
                    return failure instanceof ConfigException ? ExitCode.USAGE : ExitCode.FAILED;
                })
                .setParameterExceptionHandler((wrong, args) -> {
                    CommandLine command = wrong.getCommandLine();
                    command.getErr().println("fulmar: " + wrong.getMessage());
                    command.getErr()
                            .println("  try: " + command.getCommandSpec().qualifiedName() + " --help");
                    command.getErr().flush();
                    return ExitCode.USAGE;
                });
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing");
        }
    }

    /** Says which version this is. Immutable. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"fulmar " + SoftwareVersion.read()};
        }
    }
}
