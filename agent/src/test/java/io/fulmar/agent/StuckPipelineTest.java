package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole device whose source hangs in the kernel: it opens a pipe that nobody writes to. */
class StuckPipelineTest {
    private static final Path MODEL =
            Path.of(System.getProperty("fulmar.root", ".."), "models/samples/bearing-condition");
    private static final String ROW = "0.5,".repeat(255) + "0.5\n";
    private static final int BEFORE = 7;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path dir;
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();

    StuckPipelineTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @AfterEach
    void nothingCrashed() {
        client.close();
        assertThat(crashes).isEmpty();
    }

    @Test
    void aPipelineThatDoesNotComeBackIsSaidUntilItGoesOn() throws Exception {
        try (EdgeAgent agent = open("")) {
            Path pipe = pipeInTheWay();
            agent.start();
            await("a port", () -> agent.apiAddress() != null);
            await("what comes before the pipe", () -> agent.snapshot().predictions() == BEFORE);

            await("a word about it", () -> stuck(agent) != null);
            Status.Condition said = Objects.requireNonNull(stuck(agent));
            assertThat(said.reason())
                    .startsWith("pipeline stops: it has been stuck outside of model bearing-condition 1.0.0,"
                            + " in its source or another stage, for more than ");
            assertThat(said.hint()).contains("Restart the agent");
            HttpResponse<String> health = health(agent);
            assertThat(health.statusCode()).as(health.body()).isEqualTo(503);
            assertThat(health.body()).contains("failed");

            Files.writeString(pipe, ROW);
            await("it to go on", () -> agent.snapshot().predictions() == BEFORE + 1);
            await("the condition to be over", () -> stuck(agent) == null);
            assertThat(health(agent).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aDeviceWithAnotherPipelineGoesOnWithThat() throws Exception {
        try (EdgeAgent agent = open("""
                [[pipeline]]
                name = "goes-on"
                model = "bearing-condition"
                [pipeline.source]
                type = "replay"
                path = "frames/1.csv"
                rate = 20
                loop = true
                """)) {
            Path pipe = pipeInTheWay();
            agent.start();
            await("a port", () -> agent.apiAddress() != null);
            await("a word about it", () -> stuck(agent) != null);

            assertThat(health(agent).statusCode()).isEqualTo(200);
            assertThat(health(agent).body()).contains("degraded");
            long before = agent.snapshot().predictions();
            await("the other to go on", () -> agent.snapshot().predictions() > before + 20);
            Files.writeString(pipe, ROW);
            await("the condition to be over", () -> stuck(agent) == null);
        }
    }

    /** The second file of the replay becomes a pipe once it was found. */
    private Path pipeInTheWay() throws IOException, InterruptedException {
        Path pipe = dir.resolve("frames/2.csv");
        Files.delete(pipe);
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        return pipe;
    }

    private static Status.@Nullable Condition stuck(EdgeAgent agent) {
        return agent.conditions().stream()
                .filter(it -> it.name().equals("pipeline-stuck"))
                .findFirst()
                .orElse(null);
    }

    private HttpResponse<String> health(EdgeAgent agent) throws IOException, InterruptedException {
        InetSocketAddress address = Objects.requireNonNull(agent.apiAddress());
        URI uri = URI.create("http://127.0.0.1:" + address.getPort() + "/healthz");
        return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    private EdgeAgent open(String more) throws IOException {
        Files.createDirectory(dir.resolve("frames"));
        Files.writeString(dir.resolve("frames/1.csv"), ROW.repeat(BEFORE));
        Files.writeString(dir.resolve("frames/2.csv"), ROW);
        Path model = MODEL.toRealPath();
        Path file = Files.writeString(dir.resolve("device.toml"), String.format(Locale.ROOT, """
                        [device]
                        id = "d"
                        [state]
                        dir = "state"
                        [api]
                        port = 0
                        [[model]]
                        name = "bearing-condition"
                        file = "%s/bearing-condition.tflite"
                        version = "1.0.0"
                        labels = "%s/labels.txt"
                        [[pipeline]]
                        name = "stops"
                        model = "bearing-condition"
                        [pipeline.source]
                        type = "replay"
                        path = "frames"
                        match = "*.csv"
                        rate = 20
                        %s""", model, model, more));
        ConfigSources sources = ConfigSources.of(file);
        AgentOptions options = AgentOptions.standard(PahoLink::new)
                .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
                .drain(Duration.ofMillis(200));
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }
}
