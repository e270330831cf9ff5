package io.fulmar.cli;

/** The entry point of the {@code fulmar} command. */
public final class Main {
    private Main() {}

    /** Runs one command and exits with its {@link ExitCode}. */
    public static void main(String[] args) {
        System.exit(FulmarCommand.commandLine().execute(args));
    }
}
