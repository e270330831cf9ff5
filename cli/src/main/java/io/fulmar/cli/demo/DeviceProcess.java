package io.fulmar.cli.demo;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One device as an operating-system process of its own: started, stopped with SIGTERM, killed with SIGKILL.
 *
 * <p>Owned by one thread.
 */
public final class DeviceProcess implements AutoCloseable {
    /** The options that the {@code fulmar} launcher gives an agent. */
    private static final List<String> JAVA_OPTIONS = List.of(
            "-Xmx64m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED");

    private final String id;
    private final List<String> command;
    private final Path output;
    private @Nullable Process process;

    /**
     * @param id the device id
     * @param arguments what follows {@code fulmar} on the command line
     * @param output where its standard output and error go, appended
     */
    public DeviceProcess(String id, List<String> arguments, Path output) {
        this.id = id;
        this.output = output;
        command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JAVA_OPTIONS);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("io.fulmar.cli.Main");
        command.addAll(arguments);
    }

    /** The device id. */
    public String id() {
        return id;
    }

    /** Where its output is. */
    public Path output() {
        return output;
    }

    /** Starts it, or starts it again. */
    public void start() throws IOException {
        if (isAlive()) {
            throw new IllegalStateException("device " + id + " is running");
        }
        File log = output.toFile();
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Kills it without warning (SIGKILL), as a power cut of the process. */
    public void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Asks it to stop (SIGTERM). */
    public void terminate() {
        if (process != null) {
            process.destroy();
        }
    }

    /**
     * Waits for its end.
     *
     * @return its exit code, or -1 where it did not end within {@code limit} and was killed
     */
    public int await(Duration limit) throws InterruptedException {
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
    public void close() throws InterruptedException {
        kill();
    }
}
