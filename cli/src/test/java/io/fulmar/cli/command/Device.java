package io.fulmar.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A real agent in a process of its own, and a person with {@code mosquitto_rr} before it. Owned by the test. */
final class Device implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));

    final Path dir;
    final String id;
    private final List<String> command = new ArrayList<>();
    private final int port;
    private @Nullable Process process;

    Device(Path dir, String id, Mosquitto broker, String... settings) {
        this(dir, id, broker, ROOT.resolve("device-config/examples/simulated.toml"), settings);
    }

    Device(Path dir, String id, Mosquitto broker, Path config, String... settings) {
        this(dir, id, broker.url(), config, settings);
    }

    Device(Path dir, String id, URI broker, String... settings) {
        this(dir, id, broker, ROOT.resolve("device-config/examples/simulated.toml"), settings);
    }

    private Device(Path dir, String id, URI broker, Path config, String... settings) {
        this.dir = dir;
        this.id = id;
        this.port = broker.getPort();
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "io.fulmar.cli.Main",
                "agent",
                "--quiet",
                "--config",
                config.toString(),
                "--set",
                "device.id=" + id,
                "--set",
                "state.dir=" + state(),
                "--set",
                "mqtt.url=" + broker));
        for (String setting : settings) {
            command.addAll(List.of("--set", setting));
        }
    }

    Path state() {
        return dir.resolve("state-" + id);
    }

    Path log() {
        return dir.resolve(id + ".log");
    }

    void start() throws IOException {
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
    }

    /** Starts it and waits until it answers. */
    void startAndAwait() throws IOException {
        start();
        awaitAnswers();
    }

    void awaitAnswers() {
        await("an answer from " + id, () -> {
            CommandAnswer answer = ask("{\"id\":\"ready\",\"type\":\"ping\"}", 2);
            return answer != null && answer.outcome() == Outcome.DONE;
        });
    }

    void kill() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    /** Stops it as a supervisor would. */
    void stop() throws InterruptedException {
        if (process != null) {
            process.destroy();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("it stops")
                    .isTrue();
        }
    }

    @Override
    public void close() {
        kill();
    }

    // ---- ask

    /** Sends with mosquitto_rr and reads the answer. */
    CommandAnswer ask(String payload) {
        CommandAnswer answer = ask(payload, 30);
        assertThat(answer).as("an answer to " + payload).isNotNull();
        return answer;
    }

    /** The same, but a device with too much to do may leave it unanswered. */
    @Nullable
    CommandAnswer ask(String payload, int seconds) {
        byte[] said = askOn("fulmar/v1/d/" + id + "/cmd", payload, seconds);
        return said.length == 0 ? null : Commands.decodeAnswer(said);
    }

    /** The answer's bytes; none if none came. */
    byte[] askOn(String topic, String payload, int seconds) {
        return run(
                "mosquitto_rr",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-q",
                "1",
                "-t",
                topic,
                "-e",
                "answers/" + id,
                "-W",
                Integer.toString(seconds),
                "-m",
                payload);
    }

    private static byte[] run(String... line) {
        try {
            Process client = new ProcessBuilder(line)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            byte[] output = client.getInputStream().readAllBytes();
            client.waitFor();
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    // ---- look

    /** How often the log has this. */
    long logged(String text) {
        try {
            return Files.readAllLines(log()).stream()
                    .filter(line -> line.contains(text))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String journal() {
        try {
            return Files.readString(state().resolve("commands").resolve("journal"));
        } catch (IOException e) {
            return "";
        }
    }

    static long inTenMinutes() {
        return System.currentTimeMillis() + 600_000;
    }

    static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
