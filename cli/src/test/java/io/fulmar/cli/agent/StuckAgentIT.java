package io.fulmar.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.run.CrashHandler;
import io.fulmar.cli.Main;
import io.fulmar.model.cue.Cue;
import io.fulmar.model.cue.CueLibrary;
import io.fulmar.model.pack.Digest;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fulmar agent} as a process of its own whose model does not come back from native code. */
class StuckAgentIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int HANGS_FROM = 40;
    private static final String WIRED = """

            [[pipeline.act]]
            type = "output"
            output = "horn"
            labels = ["normal"]
            [hardware]
            provider = "simulated"
            [[hardware.output]]
            name = "horn"
            pin = 24
            stale = "1h"
            """;

    @TempDir
    private Path dir;

    private final List<Process> processes = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private Path natives;
    private int port;

    @BeforeEach
    void write() throws Exception {
        natives = CueLibrary.in(dir.resolve("natives"));
        Path example = Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml");
        Path samples =
                example.resolve("../../../models/samples/bearing-condition").normalize();
        String text = Files.readString(example)
                .replace("../../state/simulated-1", dir.resolve("state").toString())
                .replace(
                        "../../models/samples/bearing-condition/bearing-condition.tflite",
                        dir.resolve("model.tflite").toString())
                .replace("../../models/samples/bearing-condition", samples.toString());
        Files.writeString(dir.resolve("device.toml"), text + WIRED);
        byte[] good = Files.readAllBytes(samples.resolve("bearing-condition.tflite"));
        Files.write(dir.resolve("model.tflite"), Cue.hang(HANGS_FROM).in(good));
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void killWhatIsLeft() {
        client.close();
        processes.forEach(process -> process.destroyForcibly().onExit().join());
    }

    private Process agent(String supervised) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-D" + CueLibrary.PROPERTY + "=" + natives,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "agent",
                        "--config",
                        dir.resolve("device.toml").toString(),
                        "--set",
                        "mqtt.url=mqtt://127.0.0.1:9",
                        "--set",
                        "api.port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(dir.resolve("output").toFile()));
        builder.environment().remove("NOTIFY_SOCKET");
        builder.environment().put("FULMAR_SUPERVISED", supervised);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    @Test
    void itEndsByItselfWithItsOutputsSafeWhereItIsStartedAgain() throws Exception {
        Process first = agent("1");

        assertThat(first.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(first.exitValue()).as(output()).isEqualTo(CrashHandler.STUCK_EXIT_CODE);
        assertThat(output())
                .contains("pipeline-stuck: pipeline vibration: it has been stuck in model bearing-condition 1.0.0")
                .contains("the process ends with 75 so that it is started again");
        assertThat(events())
                .anyMatch(it -> it.startsWith("actuator.moved horn from low to high"))
                .anyMatch(it -> it.startsWith("agent.stuck pipeline vibration: it has been stuck in model"))
                .anyMatch(it -> it.startsWith("actuator.safe horn from high to low"));

        Files.delete(breadcrumbs()); // as a container that is started again has new memory
        Process second = agent("1");
        await("another one that works", () -> health().startsWith("200"));
        second.destroy();
        assertThat(second.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(events())
                .as("it counts as an end in native code of this model")
                .anyMatch(it -> it.startsWith("agent.died it was in native code: pipeline vibration, input "));
    }

    @Test
    void itStaysAndSaysSoWhereNobodyStartsItAgain() throws Exception {
        Process agent = agent("0");
        await("longer than another would stay", () -> status().contains("bearing-condition 1.0.0 for more than 25 s"));
        assertThat(health()).startsWith("503");
        assertThat(agent.isAlive()).isTrue();
    }

    private Path breadcrumbs() throws IOException {
        String state = dir.resolve("state").toRealPath().toString();
        return Path.of("/dev/shm", "fulmar-" + Digest.of(state.getBytes(StandardCharsets.UTF_8)));
    }

    private String output() throws IOException {
        return Files.readString(dir.resolve("output"));
    }

    private String health() throws IOException, InterruptedException {
        return get("/healthz");
    }

    private String status() throws IOException, InterruptedException {
        return get("/api/v1/status");
    }

    private String get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }

    /** Kind and text of each event in the store. */
    private List<String> events() throws Exception {
        OutboxConfig settings =
                new OutboxConfig(dir.resolve("state"), 256L << 20, 1 << 20, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        List<String> events = new ArrayList<>();
        try (Outbox outbox = Outbox.open(settings, Instant::now)) {
            for (Row row : Objects.requireNonNull(outbox.read(Stream.EVENT, 1, 100, 1 << 20))
                    .rows()) {
                DeviceEvent it = (DeviceEvent) Records.decode(((Row.Data) row).record());
                events.add(it.kind() + " " + it.detail());
            }
        }
        return events;
    }

    /** What cannot be asked yet is asked again. */
    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds(condition)) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private static boolean holds(Callable<Boolean> condition) throws Exception {
        try {
            return condition.call();
        } catch (IOException e) {
            return false;
        }
    }
}
