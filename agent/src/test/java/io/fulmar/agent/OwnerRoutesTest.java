package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.api.LocalApi;
import io.fulmar.agent.api.http.OwnerSecret;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.RowsAnswer;
import io.fulmar.sync.wire.RowsFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other users of the machine do not get from a device whose configuration names no token. */
class OwnerRoutesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String ROWS = "/api/v1/outbox/rows";
    private static final String ACKNOWLEDGEMENT = "/api/v1/outbox/acknowledgement";
    private static final String LEARN = "/api/v1/drift/vibration/learn";
    private static final String EXPLAIN = "/api/v1/explain/bearing-condition";

    private final Path dir;
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();

    OwnerRoutesTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @AfterEach
    void nothingCrashed() {
        client.close();
        assertThat(crashes).isEmpty();
    }

    @Test
    void withoutTheSecretNothingIsDeletedLearntOrGivenOut() throws Exception {
        try (EdgeAgent agent = started(Map.of())) {
            String secret = OwnerSecret.ofAgent(dir.resolve("state")).reveal();
            RowsAnswer everything = held(ask(agent, ROWS, null, secret).body());

            for (String stranger : List.of("", secret.substring(1), secret + "x")) {
                assertRefused(ask(agent, ROWS, null, stranger));
                assertRefused(ask(agent, ACKNOWLEDGEMENT, bytes(everything.text()), stranger));
                assertRefused(ask(agent, LEARN, new byte[0], stranger));
                assertRefused(ask(agent, EXPLAIN, new byte[0], stranger));
            }
            assertThat(agent.snapshot().acknowledged()).isZero();
            assertThat(first(ask(agent, ROWS, null, secret).body())).isOne();
            byte[] window = bytes("1,".repeat(255) + "1");
            assertThat(ask(agent, EXPLAIN, window, "").statusCode()).isEqualTo(200);
            assertThat(ask(agent, "/", null, "").statusCode()).isEqualTo(200);
            assertThat(ask(agent, "/api/v1/status", null, "").statusCode()).isEqualTo(200);

            assertThat(ask(agent, LEARN, new byte[0], secret).statusCode()).isEqualTo(200);
            await("an explanation", () -> status(agent, EXPLAIN, secret) == 200);
            HttpResponse<byte[]> deleted = ask(agent, ACKNOWLEDGEMENT, bytes(everything.text()), secret);
            assertThat(new String(deleted.body(), StandardCharsets.UTF_8)).contains("\"acknowledged\"");
            assertThat(first(ask(agent, ROWS, null, secret).body())).isGreaterThan(1);
        }
    }

    @Test
    void theSecretIsForThisUserAloneAndOutlivesARestart() throws Exception {
        Path file = dir.resolve("state/api-token");
        started(Map.of()).close();
        String secret = Files.readString(file).strip();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("state"))))
                .isEqualTo("rwx------");
        try (EdgeAgent agent = started(Map.of())) {
            assertThat(ask(agent, ROWS, null, secret).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aTokenOfTheConfigurationIsEnoughForAllAndNoOtherSecretIsMade() throws Exception {
        Path token = Files.writeString(dir.resolve("token"), "a token of some length");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        try (EdgeAgent agent = started(Map.of("api.token_file", token.toString()))) {
            assertThat(dir.resolve("state/api-token")).doesNotExist();
            assertThat(ask(agent, ROWS, null, "").statusCode()).isEqualTo(401);
            assertThat(ask(agent, "/api/v1/status", null, "").statusCode()).isEqualTo(401);
            assertThat(ask(agent, ROWS, null, "a token of some length").statusCode())
                    .isEqualTo(200);
            assertThat(ask(agent, EXPLAIN, new byte[0], "").statusCode()).isEqualTo(401);
            await("an explanation", () -> status(agent, EXPLAIN, "a token of some length") == 200);
        }
    }

    @Test
    void whereNoSecretCanBeMadeTheOwnersPartIsClosedAndTheRestAnswers() throws Exception {
        Files.createDirectories(dir.resolve("state/api-token/full"));
        try (EdgeAgent agent = started(Map.of())) {
            HttpResponse<byte[]> rows = ask(agent, ROWS, null, "");
            assertThat(rows.statusCode()).isEqualTo(503);
            assertThat(new String(rows.body(), StandardCharsets.UTF_8)).contains("api-token now");
            assertThat(ask(agent, LEARN, new byte[0], "null").statusCode()).isEqualTo(503);
            assertThat(ask(agent, "/metrics", null, "").statusCode()).isEqualTo(200);
        }
    }

    private void assertRefused(HttpResponse<byte[]> answer) {
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"fulmar\"");
        assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                .contains("owner of the device", dir.resolve("state/api-token").toString());
    }

    /** What a fleet says that has all of it. */
    private static RowsAnswer held(byte[] file) throws Exception {
        Map<String, RowsAnswer.Held> newest = new TreeMap<>();
        try (RowsFile.Reader rows = new RowsFile.Reader(new ByteArrayInputStream(file))) {
            for (Batch it = rows.next(); it != null; it = rows.next()) {
                newest.put(
                        it.stream().topicName(),
                        new RowsAnswer.Held(it.epoch(), it.stream(), it.last(), it.tailHash()));
            }
        }
        assertThat(newest).isNotEmpty();
        return new RowsAnswer("simulated-1", List.copyOf(newest.values()));
    }

    /** The number of the first prediction that waits. */
    private static long first(byte[] file) throws Exception {
        try (RowsFile.Reader rows = new RowsFile.Reader(new ByteArrayInputStream(file))) {
            for (Batch it = rows.next(); it != null; it = rows.next()) {
                if (it.stream().topicName().equals("data")) {
                    return it.first();
                }
            }
        }
        throw new AssertionError("no predictions wait");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private int status(EdgeAgent agent, String path, String secret) {
        try {
            return ask(agent, path, new byte[0], secret).statusCode();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<byte[]> ask(EdgeAgent agent, String path, byte @Nullable [] body, String secret)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(LocalApi.url(Objects.requireNonNull(agent.apiAddress())) + path));
        if (!secret.isEmpty()) {
            request.header("Authorization", "Bearer " + secret);
        }
        if (body != null) {
            request.POST(BodyPublishers.ofByteArray(body));
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    /** With rows that wait for a fleet that nobody reaches. */
    private EdgeAgent started(Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(more);
        all.put("state.dir", dir.resolve("state").toString());
        all.put("api.port", "0");
        all.put("mqtt.url", "mqtt://127.0.0.1:1");
        all.put("pipeline.0.source.rate", "200");
        all.put("outbox.commit_interval.data", "50ms");
        ConfigSources sources =
                ConfigSources.of(Examples.file("simulated.toml")).overrides(all);
        AgentOptions options = AgentOptions.standard(PahoLink::new)
                .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
                .drain(Duration.ofMillis(200));
        EdgeAgent agent = switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
        agent.start();
        await(
                "a port and rows",
                () -> agent.apiAddress() != null && agent.snapshot().buffered() > 20);
        return agent;
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
