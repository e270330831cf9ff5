package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Score;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a device costs, measured on a real process: start-up, memory, bytes written, rows a second. Prints its figures. */
@Tag("long")
@Timeout(900)
class FootprintIT {
    private static final int BACKLOG = 1_000_000;
    private static final long MIB = 1024 * 1024;

    @TempDir
    Path folder;

    @Test
    void aDeviceAtTenPredictionsASecond() throws Exception {
        try (Fleet fleet = Fleet.open(FleetConfig.inDirectory(folder.resolve("fleet")));
                var device = device("steady", fleet.mqttPort(), "pipeline.0.source.rate=10")) {
            long first = startToFirstReceipt(device);
            rest(Duration.ofSeconds(10));
            long written = io(device, "write_bytes");
            int receipts = device.ledger.update().receipts().size();
            rest(Duration.ofSeconds(60));
            int counted = device.ledger.update().receipts().size() - receipts;
            assertThat(counted).isGreaterThan(300);
            say(String.format(
                    Locale.ROOT,
                    "10 predictions/s, connected: start to first durable receipt %d ms, resident %d MiB, threads %d, written to"
                            + " disk per 1,000 predictions %d KiB",
                    first,
                    resident(device) / 1024,
                    threads(device),
                    (io(device, "write_bytes") - written) * 1000 / counted / 1024));
        }
    }

    @Test
    void aDeviceAsFastAsItCan() throws Exception {
        try (Fleet fleet = Fleet.open(FleetConfig.inDirectory(folder.resolve("fleet")));
                var device = device("fast", fleet.mqttPort(), "pipeline.0.source.rate=3000")) {
            startToFirstReceipt(device);
            rest(Duration.ofSeconds(5));
            int receipts = device.ledger.update().receipts().size();
            long delivered = device.ledger.receipts().size() - device.ledger.unacknowledged();
            long written = io(device, "write_bytes");
            long started = System.nanoTime();
            rest(Duration.ofSeconds(20));
            int counted = device.ledger.update().receipts().size() - receipts;
            double seconds = (System.nanoTime() - started) / 1e9;
            long arrived = device.ledger.receipts().size() - device.ledger.unacknowledged() - delivered;
            assertThat(counted).isPositive();
            say(String.format(
                    Locale.ROOT,
                    "3,000 predictions/s asked for: recorded durably %.0f/s, delivered and acknowledged %.0f/s, resident %d MiB,"
                            + " written to disk per 1,000 predictions %d KiB",
                    counted / seconds,
                    arrived / seconds,
                    resident(device) / 1024,
                    (io(device, "write_bytes") - written) * 1000 / counted / 1024));
        }
    }

    @Test
    void aMillionBufferedRowsDelayNeitherTheStartNorFillTheMemory() throws Exception {
        fillStore(folder.resolve("backlog"));
        try (Fleet fleet = Fleet.open(FleetConfig.inDirectory(folder.resolve("fleet")));
                var empty = device("empty", fleet.mqttPort(), "pipeline.0.source.rate=10");
                var full = device("backlog", fleet.mqttPort(), "pipeline.0.source.rate=10")) {
            long firstEmpty = startToFirstReceipt(empty);
            empty.process.terminate();
            empty.process.await(Duration.ofSeconds(30));
            long firstFull = startToFirstReceipt(full);
            long residentAtStart = resident(full);
            long started = System.nanoTime();
            var acknowledged = new long[1];
            await(Duration.ofMinutes(8), () -> {
                acknowledged[0] = full.ledger.acknowledgements().stream()
                        .filter(ack -> ack.stream() == Stream.DATA)
                        .mapToLong(ReceiptLedger.Acknowledged::upTo)
                        .max()
                        .orElse(0);
                full.update();
                return acknowledged[0] >= BACKLOG;
            });
            double seconds = (System.nanoTime() - started) / 1e9;
            assertThat(acknowledged[0]).isGreaterThanOrEqualTo(BACKLOG);
            say(String.format(
                    Locale.ROOT,
                    "1,000,000 buffered rows: start to first durable receipt %d ms (empty store: %d ms), resident %d MiB at the"
                            + " start and %d MiB after draining at %.0f rows/s",
                    firstFull,
                    firstEmpty,
                    residentAtStart / 1024,
                    resident(full) / 1024,
                    BACKLOG / seconds));
        }
    }

    /** A device whose every record is committed at once, so that a receipt follows its inference. */
    private static final class Device implements AutoCloseable {
        final FulmarProcess process;
        final ReceiptLedger ledger;

        Device(FulmarProcess process, ReceiptLedger ledger) {
            this.process = process;
            this.ledger = ledger;
        }

        void update() {
            try {
                ledger.update();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private Device device(String id, int mqttPort, String setting) {
        Path receipts = folder.resolve(id + ".receipts");
        return new Device(
                new FulmarProcess(
                        List.of(
                                "agent",
                                "--quiet",
                                "--config",
                                Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml")
                                        .toString(),
                                "--set",
                                "device.id=" + id,
                                "--set",
                                "state.dir=" + folder.resolve(id),
                                "--set",
                                "outbox.quota=2GiB",
                                "--set",
                                "mqtt.url=mqtt://127.0.0.1:" + mqttPort,
                                "--set",
                                setting,
                                "--receipts",
                                receipts.toString()),
                        folder.resolve(id + ".log")),
                new ReceiptLedger(receipts));
    }

    /** From the start of the process to its first prediction being durable, the commit interval included. */
    private long startToFirstReceipt(Device device) throws IOException {
        long started = System.nanoTime();
        device.process.start();
        await(Duration.ofMinutes(2), () -> {
            device.update();
            return device.ledger.receipts().stream().anyMatch(entry -> entry.receipt().stream() == Stream.DATA);
        });
        return (System.nanoTime() - started) / 1_000_000;
    }

    private static void fillStore(Path dir) {
        var config = new OutboxConfig(dir, 2048 * MIB, MIB, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        var model = new ModelRef("bearing-condition", "1.0.0", "0".repeat(64));
        try (Outbox outbox = Outbox.open(config, Clock.systemUTC())) {
            for (int done = 0; done < BACKLOG; done += 1000) {
                var drafts = new ArrayList<Draft>();
                for (int i = 0; i < 1000; i++) {
                    drafts.add(new Draft(Stream.DATA, Records.encode(prediction(model, done + i))));
                }
                outbox.append(drafts);
            }
        }
    }

    private static DeviceRecord prediction(ModelRef model, int frame) {
        return new Prediction(
                new Stamp(1_790_000_000_000L + frame * 100L, frame * 100L, 1),
                "vibration",
                "simulated",
                frame,
                model,
                frame * 0x9E3779B97F4A7C15L,
                "normal",
                0,
                0.996f,
                List.of(new Score("normal", 0, 0.996f), new Score("imbalance", 1, 0.004f)),
                List.of(),
                40,
                List.of(),
                false,
                "0.1.0");
    }

    private static long resident(Device device) throws IOException {
        return proc(device, "status", "VmRSS:");
    }

    private static long threads(Device device) throws IOException {
        return proc(device, "status", "Threads:");
    }

    private static long io(Device device, String key) throws IOException {
        return proc(device, "io", key + ":");
    }

    private static long proc(Device device, String file, String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + device.process.pid() + "/" + file)).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .sum();
    }

    private static void await(Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + limit);
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    /** Lets the device run for the time that is measured. */
    private static void rest(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private static void say(String figures) {
        System.out.println("measured: " + figures);
    }
}
