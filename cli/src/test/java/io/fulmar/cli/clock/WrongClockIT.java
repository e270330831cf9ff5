package io.fulmar.cli.clock;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.AgentOptions;
import io.fulmar.agent.EdgeAgent;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real device and a real fleet, over a real broker, while the device's wall clock says anything. */
class WrongClockIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final long YEARS_10 = Duration.ofDays(3653).toMillis();

    /** What the way to the fleet and a busy machine may add. */
    private static final long TOLERANCE_MILLIS = 5_000;

    @TempDir
    private Path dir;

    private final List<Throwable> bugs = new CopyOnWriteArrayList<>();
    private final AtomicLong wrongBy = new AtomicLong();
    private final AgentOptions options = AgentOptions.standard(PahoLink::new)
            .crashHandler((worker, bug) -> bugs.add(bug))
            .wallClock(() -> Instant.now().plusMillis(wrongBy.get()));

    @ParameterizedTest
    @ValueSource(strings = {"1970-01-01T00:00:30Z", "2100-06-01T00:00:00Z"})
    void whatWasMadeBeforeTheTimeWasKnownIsToldWithTheRightTime(String start) throws IOException {
        wrongBy.set(Instant.parse(start).toEpochMilli() - System.currentTimeMillis());
        int port = freePort();
        long begin = System.currentTimeMillis();
        try (EdgeAgent agent = open(port)) {
            agent.start();
            await("rows without a fleet", () -> agent.snapshot().recorded() > 50);
            assertThat(names(agent)).contains("clock-unsynchronised");
            try (Fleet fleet = fleet(port)) {
                await(
                        "a connection",
                        () -> agent.snapshot().connected() && fleet.status().healthy());
                await("the rows in the fleet", () -> agent.snapshot().acknowledged() > 100);
                await(
                        "what corrects them",
                        () -> corrected().stream().anyMatch(row -> "clock.known".equals(row.label())));
                assertThat(names(agent)).as("the wall clock is still wrong").contains("clock-unsynchronised");
            }
        }
        long end = System.currentTimeMillis();

        assertThat(bugs).isEmpty();
        List<PredictionRow> rows = corrected();
        assertThat(rows).hasSizeGreaterThan(100);
        assertThat(rows).allSatisfy(row -> {
            assertThat(time(row)).isBetween(begin - TOLERANCE_MILLIS, end + TOLERANCE_MILLIS);
            assertThat(row.corrected()).isTrue();
            assertThat(Math.abs(Objects.requireNonNull(row.wallMillis()) - time(row)))
                    .isGreaterThan(YEARS_10);
        });
        assertThat(stream(rows, "data"))
                .as("in the order in which they were made")
                .isSortedAccordingTo((one, other) -> Long.compare(time(one), time(other)));
    }

    @Test
    void jumpsOfTenYearsWhileItRunsChangeNoTimeNoOrderAndNoTimer() throws IOException {
        int port = freePort();
        long begin = System.currentTimeMillis();
        List<Long> rates = new ArrayList<>();
        try (Fleet fleet = fleet(port);
                EdgeAgent agent = open(port)) {
            agent.start();
            await(
                    "the fleet",
                    () -> fleet.status().healthy() && agent.snapshot().acknowledged() > 20);
            for (long jump : new long[] {YEARS_10, -YEARS_10, -3 * YEARS_10, YEARS_10, 2 * YEARS_10}) {
                wrongBy.addAndGet(jump);
                long before = agent.snapshot().acknowledged();
                long from = System.nanoTime();
                await(
                        "rows that are acknowledged after a jump",
                        () -> agent.snapshot().acknowledged() > before + 40);
                rates.add((System.nanoTime() - from) / 1_000_000);
            }
            assertThat(wrongBy.get()).isZero();
        }
        long end = System.currentTimeMillis();
        System.out.println("ms for 40 acknowledged rows after each jump: " + rates);

        assertThat(bugs).isEmpty();
        List<PredictionRow> rows = corrected();
        assertThat(rows)
                .allSatisfy(row -> assertThat(time(row)).isBetween(begin - TOLERANCE_MILLIS, end + TOLERANCE_MILLIS));
        assertThat(rows.stream().filter(PredictionRow::corrected)).hasSizeGreaterThan(50);
        for (String stream : List.of("alarm", "event", "data")) {
            List<Long> seqs =
                    stream(rows, stream).stream().map(PredictionRow::seq).toList();
            for (int i = 0; i < seqs.size(); i++) {
                assertThat(seqs.get(i))
                        .as("no hole and no duplicate in " + stream)
                        .isEqualTo(i + 1);
            }
        }
    }

    private Fleet fleet(int port) {
        return Fleet.open(new FleetConfig(dir.resolve("fleet"), "127.0.0.1", port, 0, null, Topics.DEFAULT_PREFIX));
    }

    private EdgeAgent open(int port) {
        Path example = Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml");
        ConfigSources sources = ConfigSources.of(example)
                .overrides(Map.of(
                        "state.dir",
                        dir.resolve("state").toString(),
                        "mqtt.url",
                        "mqtt://127.0.0.1:" + port,
                        "mqtt.backoff_max",
                        "1s",
                        "outbox.commit_interval.data",
                        "50ms",
                        "pipeline.0.source.rate",
                        "40"));
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    /** Every record in the fleet, in the order of their sequence. */
    private List<PredictionRow> corrected() {
        try (var queries = FleetQueries.open(dir.resolve("fleet"))) {
            return queries.predictions("simulated-1", 10_000).reversed();
        }
    }

    private static List<PredictionRow> stream(List<PredictionRow> rows, String stream) {
        return rows.stream().filter(row -> row.stream().equals(stream)).toList();
    }

    private static long time(PredictionRow row) {
        return Objects.requireNonNull(row.timeMillis());
    }

    private static List<String> names(EdgeAgent agent) {
        return agent.conditions().stream().map(Status.Condition::name).toList();
    }

    private static int freePort() throws IOException {
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
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }
}
