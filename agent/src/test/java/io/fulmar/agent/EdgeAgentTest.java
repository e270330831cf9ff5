package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.os.DatagramReceiver;
import io.fulmar.agent.os.ServiceManager;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.OutboxException;
import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole device in this process: real model, real store, real threads, and no broker anywhere. */
class EdgeAgentTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path dir;
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final AgentOptions options = AgentOptions.standard(PahoLink::new)
            .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
            .drain(Duration.ofMillis(200));

    EdgeAgentTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @AfterEach
    void nothingCrashed() {
        assertThat(crashes).isEmpty();
    }

    @Test
    void aDeviceWithoutANetworkInfersAndRecordsAtOnce() throws IOException {
        try (EdgeAgent agent = open(config(dir.resolve("state"), Map.of()), options)) {
            agent.start();
            await("the first prediction", () -> agent.snapshot().predictions() > 0);
            await("rows with a receipt", () -> agent.snapshot().recorded() > 20);
            assertThat(agent.snapshot().connected()).isFalse();
        }
    }

    @Test
    void theServiceManagerIsToldThatItIsReadyAndThatItLives() throws IOException {
        String address = dir.resolve("notify").toString();
        try (DatagramReceiver systemd = DatagramReceiver.at(address)) {
            ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "30000000"));
            List<String> told = new CopyOnWriteArrayList<>();
            try (EdgeAgent agent = open(config(dir.resolve("state"), Map.of()), options.manager(manager))) {
                agent.start();
                await("both signs", () -> told.addAll(systemd.received()) && told.size() > 1);
            }
            assertThat(told.getFirst()).startsWith("READY=1\nSTATUS=").endsWith("link down");
            assertThat(told.get(1)).startsWith("WATCHDOG=1\nSTATUS=");
        }
    }

    @Test
    void aClockInThePastOrInTheFutureChangesNothing() throws IOException {
        for (String instant : List.of("1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "1970-01-01T00:00:00Z")) {
            Instant wrong = Instant.parse(instant);
            try (EdgeAgent agent = open(config(dir.resolve("state"), Map.of()), options.wallClock(() -> wrong))) {
                agent.start();
                await("rows in " + instant, () -> agent.snapshot().recorded() > 20);
            }
        }
    }

    @Test
    void whatWasRecordedBeforeAStopIsThereAfterTheNextStart() throws IOException {
        Path receipts = dir.resolve("receipts");
        ConfigSources config = config(dir.resolve("state"), Map.of("outbox.commit_interval.data", "30s"));
        try (EdgeAgent agent = open(config, options.receipts(receipts))) {
            agent.start();
            await("predictions that wait", () -> agent.snapshot().predictions() > 20);
        }
        long lines = Files.readAllLines(receipts).stream()
                .filter(line -> line.startsWith("R "))
                .count();
        assertThat(lines).isGreaterThan(20);

        try (EdgeAgent agent = open(config, options)) {
            agent.start();
            await("the buffer of the last run", () -> agent.snapshot().buffered() >= lines);
        }
    }

    @Test
    void twoAgentsDoNotShareAStateDirectory() throws IOException {
        ConfigSources config = config(dir.resolve("state"), Map.of());
        try (EdgeAgent first = open(config, options)) {
            first.start();
            assertThatThrownBy(() -> open(config, options))
                    .isInstanceOf(OutboxException.class)
                    .hasMessageContaining("another agent");
        }
    }

    @Test
    void aStoreThatCanOnlyBeOpenedLaterStampsItsRecordsWithItsBootCounter() throws IOException, WireException {
        Path late = Files.createFile(dir.resolve("late"));
        try (EdgeAgent agent = open(config(late.resolve("state"), Map.of()), options)) {
            agent.start();
            await("inference without a store", () -> agent.snapshot().predictions() > 20);
            Files.delete(late);
            await("rows", () -> agent.snapshot().recorded() > 500);
        }
        OutboxConfig settings = new OutboxConfig(
                late.resolve("state"), 256L << 20, 1 << 20, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        try (Outbox outbox = Outbox.open(settings, Instant::now)) {
            long last = outbox.state(Stream.DATA).next() - 1;
            Row row = Objects.requireNonNull(outbox.read(Stream.DATA, last, 1, 1 << 20))
                    .rows()
                    .getFirst();
            assertThat(Records.decode(((Row.Data) row).record()).at().boot()).isEqualTo(1);
        }
    }

    @Test
    void aFullDiskStopsNeitherInferenceNorTheAgentAndRecordingComesBackWithTheSpace()
            throws IOException, InterruptedException {
        Path mount = Files.createDirectories(dir.resolve("small"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount.toString()))
                .as("a tmpfs can be mounted here, which needs root")
                .isZero();
        try {
            Path filler = mount.resolve("filler");
            ConfigSources config =
                    config(mount.resolve("state"), Map.of("outbox.quota", "4MiB", "outbox.ballast", "256KiB"));
            Path receipts = mount.resolve("receipts");
            try (EdgeAgent agent = open(config, options.receipts(receipts))) {
                agent.start();
                await("rows", () -> agent.snapshot().recorded() > 20);
                fill(filler);
                await(
                        "the disk to be missed",
                        () -> agent.counters().get(Counter.REFUSED_STORE) > 0
                                || !agent.storeHealth().equals(new OutboxHealth.Healthy()));
                long predictions = agent.snapshot().predictions();
                await("inference to go on", () -> agent.snapshot().predictions() > predictions + 50);

                Files.delete(filler);
                long recorded = agent.snapshot().recorded();
                await("recording to come back", () -> agent.snapshot().recorded() > recorded + 50);
                await("the store to be well again", () -> agent.storeHealth().equals(new OutboxHealth.Healthy()));
            }
            assertThat(Files.readAllLines(receipts)).allMatch(line -> line.matches("R \\w{16} \\w+ \\d+ \\w{64} \\d+"));
        } finally {
            run("umount", mount.toString());
        }
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

    private ConfigSources config(Path state, Map<String, String> overrides) throws IOException {
        Path root = Path.of(System.getProperty("fulmar.root", "."));
        Path example = root.resolve("device-config/examples/simulated.toml");
        Map<String, String> all = new TreeMap<>(overrides);
        all.putIfAbsent("outbox.commit_interval.data", "50ms");
        all.put("state.dir", state.toString());
        all.put("mqtt.url", "mqtt://127.0.0.1:" + closedPort());
        all.put("pipeline.0.source.rate", "200");
        return ConfigSources.of(example).overrides(all);
    }

    private static EdgeAgent open(ConfigSources sources, AgentOptions options) {
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
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
