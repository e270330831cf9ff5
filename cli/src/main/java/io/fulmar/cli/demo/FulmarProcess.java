package io.fulmar.cli.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A {@code fulmar} command as an operating-system process of its own: started, stopped with SIGTERM, killed with SIGKILL.
 *
 * <p>Owned by one thread.
 */
final class FulmarProcess implements AutoCloseable {
    /** As the {@code fulmar} launcher has them: a device's heap is small, everything else may use more. */
    private static final List<String> DEVICE_HEAP = List.of("-Xmx64m", "-Xms8m", "-Xmn4m");

    private static final List<String> OTHER_HEAP = List.of("-Xmx512m");

    private static final List<String> JAVA_OPTIONS = List.of(
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private final List<String> command = new ArrayList<>();
    private final Path output;
    private @Nullable Process process;

    /**
     * @param arguments what follows {@code fulmar} on the command line
     * @param output where its standard output and error go, appended
     */
    FulmarProcess(List<String> arguments, Path output) {
        this(List.of(), List.of(), arguments, output);
    }

    /**
     * The same by way of another program, and with more options of Java.
     *
     * @param by the program with its arguments, which runs what follows; empty for none
     */
    FulmarProcess(List<String> by, List<String> options, List<String> arguments, Path output) {
        this.output = output;
        command.addAll(by);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll("agent".equals(arguments.getFirst()) ? DEVICE_HEAP : OTHER_HEAP);
        command.addAll(JAVA_OPTIONS);
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("io.fulmar.cli.Main");
        command.addAll(arguments);
    }

    /** Starts it, or starts it again. */
    void start() throws IOException {
        if (isAlive()) {
            throw new IllegalStateException("already running: " + String.join(" ", command));
        }
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        process = builder.start();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** The process id of the one that was started last. */
    long pid() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process.pid();
    }

    /** Kills it without warning (SIGKILL) and waits until it is gone. */
    void kill() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    /** Asks it to stop (SIGTERM). */
    void terminate() {
        if (process != null) {
            process.destroy();
        }
    }

    /**
     * Waits for its end.
     *
     * @return its exit code, or -1 where it did not end within {@code limit} and was killed
     */
    int await(Duration limit) throws InterruptedException {
        if (process == null) {
            return 0;
        }
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
            return -1;
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        kill();
    }
}
