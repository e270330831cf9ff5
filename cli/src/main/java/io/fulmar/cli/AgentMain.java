package io.fulmar.cli;

import java.util.Set;
import java.util.stream.Stream;

/**
 * The entry point of {@code fulmar-agent}, the program that is installed on a device: {@code fulmar-agent …} is
 * {@code fulmar agent …}, and it knows the other commands that a device needs. It works without the fleet's libraries.
 */
public final class AgentMain {
    private static final Set<String> BESIDE = Set.of("model", "outbox", "check-config");

    private AgentMain() {}

    /** Runs one command and exits with its {@link ExitCode}. */
    public static void main(String[] args) {
        Main.prepare();
        Main.exit(FulmarCommand.deviceCommandLine(), words(args));
    }

    /** What to execute of {@link FulmarCommand#deviceCommandLine}. */
    public static String[] words(String... args) {
        return args.length > 0 && BESIDE.contains(args[0])
                ? args
                : Stream.concat(Stream.of("agent"), Stream.of(args)).toArray(String[]::new);
    }
}
