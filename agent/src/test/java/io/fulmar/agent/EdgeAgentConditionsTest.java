package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.Status;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each trouble of a real agent is named, told with a hint, and gone when its cause is. */
class EdgeAgentConditionsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path dir;

    private final List<Throwable> bugs = new ArrayList<>();
    private final AgentOptions options = AgentOptions.standard(PahoLink::new)
            .crashHandler((worker, bug) -> bugs.add(bug))
            .drain(Duration.ZERO);

    @Test
    void aFullDiskIsNamedUntilThereIsSpaceAgain() throws Exception {
        Path mount = tmpfs();
        try (EdgeAgent agent = started(mount, Map.of("outbox.quota", "4MiB", "outbox.ballast", "256KiB"))) {
            awaitRecords(agent);
            fill(mount.resolve("filler"));
            awaitCondition(agent, "disk-full");
            Files.delete(mount.resolve("filler"));
            awaitWell(agent, "disk-full");
        } finally {
            run("umount", mount.toString());
        }
        assertThat(bugs).isEmpty();
    }

    @Test
    void aReadOnlyDiskIsNamedUntilItCanBeWrittenAgain() throws Exception {
        Path mount = tmpfs();
        try (EdgeAgent agent = started(mount, Map.of("outbox.quota", "4MiB", "outbox.ballast", "256KiB"))) {
            awaitRecords(agent);
        }
        run("mount", "-o", "remount,ro", mount.toString());
        try (EdgeAgent agent = started(mount, Map.of("outbox.quota", "4MiB", "outbox.ballast", "256KiB"))) {
            awaitCondition(agent, "disk-read-only");
            await("inference to go on", () -> agent.snapshot().predictions() > 20);
            run("mount", "-o", "remount,rw", mount.toString());
            awaitWell(agent, "disk-read-only");
            awaitRecords(agent);
        } finally {
            run("umount", mount.toString());
        }
        assertThat(bugs).isEmpty();
    }

    @Test
    void aDamagedStoreIsNamedUntilItsFileIsDeleted() throws IOException {
        try (EdgeAgent agent = started(dir, Map.of())) {
            awaitRecords(agent);
        }
        try (FileChannel file = FileChannel.open(dir.resolve("state/outbox.db"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap("no database at all".getBytes(StandardCharsets.US_ASCII)), 0);
        }
        try (EdgeAgent agent = started(dir, Map.of())) {
            Status.Condition condition = awaitCondition(agent, "store-quarantined");
            assertThat(condition.reason()).contains("outbox-damaged-");
            awaitRecords(agent);
            try (var files = Files.newDirectoryStream(dir.resolve("state"), "outbox-damaged-*")) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            awaitWell(agent, "store-quarantined");
        }
        assertThat(bugs).isEmpty();
    }

    @Test
    void recordsThatAreRefusedAreNamed() throws IOException {
        try (EdgeAgent agent = started(
                dir,
                Map.of(
                        "outbox.quota",
                        "1MiB",
                        "outbox.ballast",
                        "0B",
                        "outbox.when_full",
                        "refuse-new",
                        "pipeline.0.source.rate",
                        "1000"))) {
            awaitCondition(agent, "records-refused");
        }
        assertThat(bugs).isEmpty();
    }

    @Test
    void aClockThatCannotBeRightIsNamedFromTheStart() throws IOException {
        for (String instant : List.of("1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z")) {
            AgentOptions wrong = options.wallClock(() -> Instant.parse(instant));
            try (EdgeAgent agent = open(sources(dir, Map.of()), wrong)) {
                agent.start();
                Status.Condition condition = awaitCondition(agent, "clock-unsynchronised");
                assertThat(condition.reason()).contains(instant);
            }
        }
        assertThat(bugs).isEmpty();
    }

    @Test
    void aSourceThatGivesNothingIsNamed() throws IOException {
        Path rows = Files.writeString(dir.resolve("rows.csv"), "0.5,".repeat(255) + "0.5\n" + "4,x,6\n".repeat(5_000));
        Path example = Files.writeString(
                dir.resolve("device.toml"),
                Files.readString(Examples.file("simulated.toml"))
                        .replaceAll("(?s)\\[pipeline.source].*?\\n]\\n", """
                                [pipeline.source]
                                type = "replay"
                                path = "%s"
                                """.formatted(rows))
                        .replace(
                                "../../models",
                                Examples.file("x")
                                        .resolve("../../../models")
                                        .normalize()
                                        .toString()));
        Map<String, String> overrides =
                Map.of("state.dir", dir.resolve("state").toString(), "mqtt.url", "mqtt://127.0.0.1:" + closedPort());
        try (EdgeAgent agent = open(ConfigSources.of(example).overrides(overrides), options)) {
            agent.start();
            assertThat(awaitCondition(agent, "source-failing").reason())
                    .contains("vibration")
                    .contains("rows.csv");
        }
        assertThat(bugs).isEmpty();
    }

    // ---- helpers

    private Path tmpfs() throws IOException, InterruptedException {
        Path mount = Files.createDirectories(dir.resolve("small"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount.toString()))
                .as("a tmpfs can be mounted here, which needs root")
                .isZero();
        return mount;
    }

    private EdgeAgent started(Path parent, Map<String, String> overrides) throws IOException {
        EdgeAgent agent = open(sources(parent, overrides), options);
        agent.start();
        return agent;
    }

    private static ConfigSources sources(Path parent, Map<String, String> overrides) throws IOException {
        Map<String, String> all = new TreeMap<>(overrides);
        all.putIfAbsent("outbox.commit_interval.data", "50ms");
        all.putIfAbsent("pipeline.0.source.rate", "200");
        all.put("state.dir", parent.resolve("state").toString());
        all.put("mqtt.url", "mqtt://127.0.0.1:" + closedPort());
        return ConfigSources.of(Examples.file("simulated.toml")).overrides(all);
    }

    private static EdgeAgent open(ConfigSources sources, AgentOptions options) {
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private static void awaitRecords(EdgeAgent agent) {
        long before = agent.snapshot().recorded();
        await("rows with a receipt", () -> agent.snapshot().recorded() > before + 20);
    }

    private static Status.Condition awaitCondition(EdgeAgent agent, String name) {
        await(name, () -> named(agent, name) != null);
        Status.Condition condition = Objects.requireNonNull(named(agent, name));
        assertThat(condition.hint()).isNotEmpty();
        return condition;
    }

    private static void awaitWell(EdgeAgent agent, String name) {
        await(name + " to be gone", () -> named(agent, name) == null);
    }

    private static Status.@Nullable Condition named(EdgeAgent agent, String name) {
        return agent.conditions().stream()
                .filter(condition -> condition.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static void fill(Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            byte[] block = new byte[4096];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(Files.size(file)).isPositive();
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
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
