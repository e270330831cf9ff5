package io.fulmar.fleet;

import io.fulmar.sync.wire.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A fleet service in a process of its own, to be killed. Owned by its test. */
final class FleetProcess implements AutoCloseable {
    private final Process process;
    private final int mqttPort;

    private FleetProcess(Process process, int mqttPort) {
        this.process = process;
        this.mqttPort = mqttPort;
    }

    /** What runs in the process: prints the port, then serves until it is killed. */
    public static void main(String[] args) throws InterruptedException {
        URI broker = args.length > 2 ? URI.create(args[2]) : null;
        var config = new FleetConfig(
                Path.of(args[0]), "127.0.0.1", Integer.parseInt(args[1]), 0, broker, Topics.DEFAULT_PREFIX);
        try (var fleet = Fleet.open(config)) {
            System.out.println("port " + fleet.mqttPort());
            fleet.await();
        }
    }

    static FleetProcess start(Path dataDir, int mqttPort) throws IOException {
        return start(dataDir.toString(), Integer.toString(mqttPort));
    }

    /** The same with an existing broker. */
    static FleetProcess start(Path dataDir, URI broker) throws IOException {
        return start(dataDir.toString(), "0", broker.toString());
    }

    private static FleetProcess start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                FleetProcess.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var out = new BufferedReader(process.inputReader(StandardCharsets.UTF_8));
        @Nullable String line = out.readLine();
        while (line != null && !line.startsWith("port ")) {
            line = out.readLine();
        }
        if (line == null) {
            process.destroyForcibly();
            throw new IllegalStateException("the fleet process did not start");
        }
        return new FleetProcess(process, Integer.parseInt(line.substring(5)));
    }

    int mqttPort() {
        return mqttPort;
    }

    /** SIGKILL: nothing gets a chance to clean up. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the process did not die");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
