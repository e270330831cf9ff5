package io.fulmar.cli;

import io.fulmar.agent.run.DeviceLogging;
import java.util.Locale;
import picocli.CommandLine;

/** The entry point of the {@code fulmar} command. */
public final class Main {
    private Main() {}

    /** Runs one command and exits with its {@link ExitCode}. */
    public static void main(String[] args) {
        prepare();
        exit(FulmarCommand.commandLine(), args);
    }

    static void prepare() {
        Locale.setDefault(Locale.ROOT); // numbers look the same on every host, since scripts read them
        DeviceLogging.install("WARN"); // a command that runs for long chooses its own level
    }

    static void exit(CommandLine commands, String... args) {
        System.exit(commands.execute(args));
    }
}
