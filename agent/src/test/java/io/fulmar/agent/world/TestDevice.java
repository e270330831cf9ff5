package io.fulmar.agent.world;

import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.DeviceClock;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.HealthWatch;
import io.fulmar.agent.health.StatusReport;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.health.TimeService;
import io.fulmar.agent.run.ControlWorker;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.FleetInbox;
import io.fulmar.agent.run.LinkPlan;
import io.fulmar.agent.run.ReceiptListener;
import io.fulmar.agent.run.RecordQueue;
import io.fulmar.agent.run.SentAway;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.agent.run.StoreWorker;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.config.OutboxSettings.ByStream;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * The store and control threads' parts of a device over a real outbox, stepped by the test, with an independent ledger of
 * receipts. Owned by the test's thread.
 */
public final class TestDevice {
    private static final long BUILT_MILLIS = 1_789_000_000_000L;
    public static final String ID = "d1";

    private final Wire wire;
    private final InMemoryBroker broker;
    private final Path root;
    private final LongSupplier clock;
    private final long seed;
    private final UplinkSettings settings;
    private final long quotaBytes;
    private final Map<Receipt, byte[]> ledger = new LinkedHashMap<>();
    private int life;
    private long made;
    private Path dir;
    private Outbox outbox;
    private RecordQueue queue;
    private StoreWorker store;
    private ControlWorker control;
    private Counters counters;

    public TestDevice(
            Wire wire,
            InMemoryBroker broker,
            Path root,
            LongSupplier clock,
            long seed,
            UplinkSettings settings,
            long quotaBytes) {
        this.wire = wire;
        this.broker = broker;
        this.root = root;
        this.clock = clock;
        this.seed = seed;
        this.settings = settings;
        this.quotaBytes = quotaBytes;
        this.dir = root.resolve("state-0");
        open();
    }

    private void open() {
        SplittableRandom random = new SplittableRandom(seed + life);
        counters = new Counters();
        FaultLog faults = new FaultLog(() -> Instant.EPOCH);
        outbox = Outbox.open(
                new OutboxConfig(dir, quotaBytes, 0, Duration.ofDays(30), WhenFull.EVICT_OLDEST),
                () -> Instant.EPOCH,
                clock);
        Doorbell doorbell = new Doorbell();
        queue = new RecordQueue(
                new ByStream(Duration.ZERO, Duration.ofMillis(50), Duration.ofMillis(200)), counters, doorbell, clock);
        FleetInbox inbox = new FleetInbox(counters, doorbell);
        DeviceClock deviceClock = new DeviceClock(() -> Instant.EPOCH, clock, TimeService.ofHost(), BUILT_MILLIS, dir);
        Conditions conditions = new Conditions(deviceClock, clock);
        HealthWatch health =
                new HealthWatch(deviceClock, conditions, () -> StoreView.of(outbox), counters, List::of, known -> {});
        StatusReport report = new StatusReport(
                "test", () -> Instant.EPOCH, () -> 0, List::of, quotaBytes, () -> StoreView.of(outbox), health);
        LinkConfig linkConfig = LinkConfig.builder(InMemoryBroker.URL, ID)
                .subscriptions(wire.topics().down(ID))
                .backoff(Backoff.between(Duration.ofMillis(100), Duration.ofSeconds(1)))
                .build();
        control = new ControlWorker(
                ID,
                new LinkPlan(wire, listener -> new InMemoryLink(broker, linkConfig, random.split(), listener)),
                inbox,
                report,
                health,
                counters,
                faults,
                (topic, message) -> {},
                new SentAway("", conditions, random.split()));
        Uplink uplink = new Uplink(
                ID,
                control::wire,
                outbox,
                control::publish,
                positions -> new Hello("test", 1, 0, 0, List.of(), List.of(), positions),
                settings,
                random.split(),
                counters,
                faults);
        store = new StoreWorker(
                outbox,
                queue,
                inbox,
                new StoreErrands(doorbell),
                uplink,
                new LedgerListener(),
                () -> Instant.EPOCH,
                counters,
                faults,
                view -> {});
    }

    /** Keeps the receipts apart from the store that gave them. */
    private final class LedgerListener implements ReceiptListener {
        @Override
        public void committed(List<Received> receipts, long commitWallMillis) {
            receipts.forEach(it -> ledger.put(it.receipt(), it.record()));
        }

        @Override
        public void acknowledged(StreamState state, long wallMillis) {}
    }

    /** Records something new. */
    public void record(Stream stream) {
        record(stream, "row");
    }

    public void record(Stream stream, String detail) {
        made++;
        queue.record(stream, new DeviceEvent(new Stamp(made, made, 1), "test", detail + " " + made));
    }

    public int work(long nowNanos) {
        return control.work(nowNanos) + store.work(nowNanos);
    }

    public int workStore(long nowNanos) {
        return store.work(nowNanos);
    }

    public int workControl(long nowNanos) {
        return control.work(nowNanos);
    }

    /** SIGKILL and a restart: only what the files said at this moment is left. */
    public void killAndRestart() {
        Path copy = root.resolve("state-" + (life + 1));
        try {
            Files.createDirectories(copy);
            try (var files = Files.list(dir)) {
                for (Path file : files.toList()) {
                    if (Files.isRegularFile(file)
                            && !file.getFileName().toString().endsWith("lock")) {
                        Files.copy(file, copy.resolve(file.getFileName()));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        control.close();
        outbox.close();
        dir = copy;
        life++;
        open();
    }

    public void close() {
        control.close();
        outbox.close();
    }

    /** Every receipt that was ever given, with the bytes that it stands for. */
    public Map<Receipt, byte[]> ledger() {
        return ledger;
    }

    public ControlWorker control() {
        return control;
    }

    public Outbox outbox() {
        return outbox;
    }

    public Counters counters() {
        return counters;
    }

    public long buffered() {
        long buffered = 0;
        for (Stream stream : Stream.values()) {
            buffered += outbox.counters(stream).buffered();
        }
        return buffered;
    }

    /** The epochs that receipts were given for, oldest first. */
    public List<Long> epochs() {
        List<Long> epochs = new ArrayList<>();
        for (Receipt receipt : ledger.keySet()) {
            if (!epochs.contains(receipt.epoch())) {
                epochs.add(receipt.epoch());
            }
        }
        return epochs;
    }
}
