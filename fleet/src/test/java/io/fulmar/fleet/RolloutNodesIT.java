package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.broker.EmbeddedBroker;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.command.OperatorSignature;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.rollout.MemberState;
import io.fulmar.fleet.rollout.PublishedReleases;
import io.fulmar.fleet.rollout.RolloutDetail;
import io.fulmar.fleet.rollout.RolloutState;
import io.fulmar.fleet.rollout.Rollouts;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two services in processes of their own look after the rollouts of one PostgreSQL, and at every transition of a rollout one
 * of them is killed with SIGKILL.
 */
@Timeout(600)
class RolloutNodesIT {
    private static final int DEVICES = 8;
    private static final long PATIENCE_NANOS = 240_000_000_000L;
    private static final long AFTER_HALT_NANOS = 3_000_000_000L;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<ConfiguredDevice> devices = new ArrayList<>();
    private final List<FleetProcess> nodes = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private URI broker;

    @SuppressWarnings("NullAway.Init")
    private Rollouts rollouts;

    private long seen;
    private int kills;

    @BeforeEach
    void start() throws Exception {
        TestDatabase.POSTGRESQL.in(node(0));
        Files.createDirectory(node(1));
        Files.copy(node(0).resolve("database.properties"), node(1).resolve("database.properties"));
        var embedded = EmbeddedBroker.start("127.0.0.1", 0);
        open.add(embedded);
        broker = embedded.url();
        for (int i = 0; i < 2; i++) {
            nodes.add(FleetProcess.start(node(i), broker));
        }
        Database database = Database.in(node(0));
        open.add(database);
        rollouts = new Rollouts(
                database,
                new OperatorSignature(node(0), null),
                new PublishedReleases(new Catalog(node(0))),
                InstantSource.system());
    }

    @AfterEach
    void stop() throws Exception {
        for (ConfiguredDevice device : devices) {
            device.close();
        }
        nodes.forEach(FleetProcess::close);
        for (AutoCloseable it : open.reversed()) {
            it.close();
        }
    }

    private Path node(int number) {
        return dir.resolve("node-" + number);
    }

    private void devices(boolean refusing) {
        for (int i = 0; i < DEVICES; i++) {
            var device = new ConfiguredDevice("press-" + i, 100 + i, broker, refusing, null);
            devices.add(device);
            device.connect();
        }
        try (var queries = FleetQueries.open(node(0))) {
            until(() -> queries.devices().stream().filter(it -> it.online()).count() == DEVICES);
        }
    }

    private void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            devices.forEach(ConfiguredDevice::step);
        }
    }

    private String create() {
        String plan = """
                {"name": "brighter", "config": {"toml": "x = 1"}, "target": "all",
                 "waves": [{"devices": 1, "errors": {"count": 1}}, {"devices": 4}, {"percent": 100}]}""";
        return rollouts.create(plan.getBytes(StandardCharsets.UTF_8), "anna")
                .row()
                .id();
    }

    private RolloutDetail rollout(String id) {
        return Objects.requireNonNull(rollouts.find(id));
    }

    /** As often as something has happened, one of the services dies and comes back. */
    private boolean isAfterAKill(String id, RolloutState state) {
        RolloutDetail now = rollout(id);
        long revision = now.events().stream()
                .mapToLong(RolloutDetail.EventRow::revision)
                .max()
                .orElse(0);
        if (revision != seen) {
            seen = revision;
            int victim = kills++ % nodes.size();
            try {
                nodes.get(victim).kill();
                nodes.set(victim, FleetProcess.start(node(victim), broker));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return now.row().state() == state;
    }

    @Test
    void everyDeviceGetsItOnceWhoeverIsKilled() {
        devices(false);
        String id = create();
        until(() -> isAfterAKill(id, RolloutState.DONE));
        assertThat(kills).as("kills").isGreaterThan(4);
        until(() -> devices.stream().allMatch(device -> device.version() == 1));
        assertThat(devices).allSatisfy(device -> assertThat(device.toml()).isEqualTo("x = 1"));
        assertThat(rollout(id).events().stream()
                        .mapToLong(RolloutDetail.EventRow::told)
                        .sum())
                .isEqualTo(DEVICES);
        assertThat(rollouts.devices(id, MemberState.ACTIVE, null, null, 100)).hasSize(DEVICES);
    }

    @Test
    void afterAHaltNobodyIsToldWhoeverIsKilled() {
        devices(true);
        String id = create();
        until(() -> isAfterAKill(id, RolloutState.HALTED));
        IntStream.range(0, 2).forEach(any -> {
            seen = 0; // another kill, now that nothing happens any more
            assertThat(isAfterAKill(id, RolloutState.HALTED)).isTrue();
            long since = System.nanoTime();
            until(() -> System.nanoTime() - since > AFTER_HALT_NANOS);
        });
        assertThat(rollout(id).row().state()).isEqualTo(RolloutState.HALTED);
        assertThat(rollout(id).toldAfterHalt()).isZero();
        assertThat(rollouts.devices(id, MemberState.FAILED, null, null, 100)).hasSize(1);
        assertThat(devices.stream().filter(device -> device.desired() != null)).hasSize(1);
    }
}
