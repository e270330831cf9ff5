package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.fleet.broker.EmbeddedBroker;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.StoredRecord;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two services in processes of their own share the devices of one broker by one PostgreSQL, and one of them after the other
 * is killed with SIGKILL while devices send; then every record is there once.
 */
@Timeout(900)
class SeveralNodesIT {
    private static final int DEVICES = 6;
    private static final int BATCH = 20;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicBoolean enough = new AtomicBoolean();

    @Test
    void overTheEmbeddedBrokerNothingIsLostOrDoubled() throws Exception {
        try (var broker = EmbeddedBroker.start("127.0.0.1", 0)) {
            run(broker.url(), 6, Duration.ZERO);
        }
    }

    @Test
    void overMosquittoNothingIsLostOrDoubled() throws Exception {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        try (var broker = Mosquitto.start(Files.createDirectory(dir.resolve("broker")))) {
            run(URI.create("mqtt://127.0.0.1:" + broker.port()), 6, Duration.ZERO);
        }
    }

    @Test
    @Tag("long")
    void killedEveryTenSecondsForFiveMinutesTheyLoseAndDoubleNothing() throws Exception {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        try (var broker = Mosquitto.start(Files.createDirectory(dir.resolve("broker")))) {
            run(URI.create("mqtt://127.0.0.1:" + broker.port()), 30, Duration.ofSeconds(10));
        }
    }

    @Test
    @SuppressWarnings("try") // one is closed before its time
    void whenTheOneThatLooksAfterAllDevicesIsGoneTheOtherOneDoes() throws Exception {
        TestDatabase.POSTGRESQL.in(dir.resolve("node-0"));
        Files.createDirectory(dir.resolve("node-1"));
        Files.copy(
                dir.resolve("node-0").resolve("database.properties"),
                dir.resolve("node-1").resolve("database.properties"));
        try (var broker = EmbeddedBroker.start("127.0.0.1", 0)) {
            Fleet first = open("node-0", broker.url());
            try (first) {
                requireOnline("press-1", broker.url());
            }
            try (Fleet second = open("node-1", broker.url())) {
                requireOnline("press-2", broker.url());
                try (Fleet third = open("node-0", broker.url())) {
                    requireOnline("press-3", broker.url());
                    second.close();
                    requireOnline("press-4", broker.url());
                    assertThat(third.status().healthy()).isTrue();
                }
            }
        }
    }

    private Fleet open(String node, URI broker) {
        return Fleet.open(FleetConfig.inDirectory(dir.resolve(node)).broker(broker));
    }

    /** What it says of itself is heard, though only one of the services listens to it. */
    private void requireOnline(String id, URI broker) {
        try (var device = new TestDevice(id, 77, broker)) {
            String status = """
                    {"online":true,"agent":"0.1.0","boot":7,"now":1795000000123,"uptimeMs":45678,"health":"healthy",
                     "faults":[],"models":[],"streams":[],"store":{"bytes":0,"quotaBytes":1048576}}""";
            device.until(false, 1, () -> {
                device.publish(
                        "fulmar/v1/d/" + id + "/status",
                        status.getBytes(StandardCharsets.UTF_8),
                        "application/json",
                        Map.of());
                return status(id) != null;
            });
        }
    }

    private @Nullable String status(String id) {
        try (var queries = FleetQueries.open(dir.resolve("node-0"))) {
            return queries.devices().stream()
                    .filter(row -> row.device().equals(id))
                    .findAny()
                    .map(DeviceRow::status)
                    .orElse(null);
        }
    }

    private void run(URI broker, int kills, Duration every) throws Exception {
        List<Path> data = List.of(dir.resolve("node-0"), dir.resolve("node-1"));
        TestDatabase.POSTGRESQL.in(data.get(0));
        Files.createDirectory(data.get(1));
        Files.copy(data.get(0).resolve("database.properties"), data.get(1).resolve("database.properties"));
        List<FleetProcess> nodes = new ArrayList<>();
        List<TestDevice> devices = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(DEVICES);
        try {
            for (Path each : data) {
                nodes.add(FleetProcess.start(each, broker));
            }
            List<Future<Integer>> sending = new ArrayList<>();
            for (int i = 0; i < DEVICES; i++) {
                var device = new TestDevice("press-" + i, 77 + i, broker);
                devices.add(device);
                sending.add(threads.submit(sender(device)));
            }
            for (int kill = 0; kill < kills; kill++) {
                long began = System.nanoTime();
                int victim = kill % 2;
                progress();
                nodes.get(victim).kill();
                progress(); // by the other one alone
                nodes.set(victim, FleetProcess.start(data.get(victim), broker));
                TestDevice.patiently(() -> System.nanoTime() - began >= every.toNanos());
            }
            progress();
            enough.set(true);
            for (Future<Integer> each : sending) {
                assertThat(each.get()).isPositive();
            }
            assertStoredOnce(data.get(0), devices);
        } finally {
            enough.set(true);
            threads.shutdownNow();
            devices.forEach(TestDevice::close);
            nodes.forEach(FleetProcess::close);
        }
    }

    /** Records and sends until it is enough. Returns how many records that were. */
    private Callable<Integer> sender(TestDevice device) {
        return () -> {
            device.connect();
            while (!enough.get()) {
                for (int i = 0; i < BATCH * 4; i++) {
                    String record = "record " + (device.records().size() + 1);
                    device.record(record.getBytes(StandardCharsets.UTF_8));
                }
                device.until(
                        true,
                        BATCH,
                        () -> device.acknowledged() == device.records().size());
                acknowledged.addAndGet(BATCH * 4);
            }
            return device.records().size();
        };
    }

    /** Waits until every device has, on average, sent some more. */
    private void progress() {
        long from = acknowledged.get();
        TestDevice.patiently(() -> acknowledged.get() - from >= DEVICES * BATCH * 4);
    }

    private static void assertStoredOnce(Path data, List<TestDevice> devices) {
        Map<Long, List<StoredRecord>> stored = new HashMap<>();
        long count = 0;
        try (var queries = FleetQueries.open(data)) {
            queries.forEachRecord(
                    record -> stored.computeIfAbsent(record.receipt().epoch(), epoch -> new ArrayList<>())
                            .add(record));
        }
        for (TestDevice device : devices) {
            List<StoredRecord> rows = stored.getOrDefault(device.epoch(), List.of());
            assertThat(rows).hasSameSizeAs(device.records());
            for (int i = 0; i < rows.size(); i++) {
                assertThat(rows.get(i).receipt()).isEqualTo(new Receipt(device.epoch(), Stream.DATA, i + 1L));
                assertThat(rows.get(i).bytes()).isEqualTo(device.records().get(i));
            }
            count += rows.size();
        }
        System.out.println(count + " records of " + devices.size() + " devices are there once");
    }
}
