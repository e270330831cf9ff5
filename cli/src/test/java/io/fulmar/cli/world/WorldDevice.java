package io.fulmar.cli.world;

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
import io.fulmar.agent.salvage.SalvageWorker;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.config.OutboxSettings.ByStream;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.SetAside;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The store and control threads' parts of the agent over a real outbox, without the threads; it dies and comes back. Keeps
 * a ledger of its receipts that no part of the product knows. Owned by the test's thread.
 */
final class WorldDevice {
    private static final long BUILT_MILLIS = 1_789_000_000_000L;
    private static final UplinkSettings UPLINK =
            new UplinkSettings(20, 64 * 1024, 4, Duration.ofMillis(700), Duration.ofSeconds(3), Long.MAX_VALUE);

    private final String id;
    private final Story story;
    private final Wire wire;
    private final InMemoryBroker broker;
    private final Path root;
    private final LongSupplier clock;
    private final Random random;
    private final Fuse fuse = new Fuse();
    private final History abandoned = new History();
    private History history = new History();
    private @Nullable Copy copy;
    private @Nullable Life life;
    private Path dir;
    private int lives;
    private int asleep;
    private long made;
    private long wallOffsetMillis;
    private int restores;

    /** What the device was given receipts for, and the epochs of its store, as one line of its fate knows them. */
    static final class History {
        final Map<Receipt, List<String>> given = new LinkedHashMap<>();
        final List<Long> epochs = new ArrayList<>();

        History copy() {
            History copy = new History();
            given.forEach((receipt, texts) -> copy.given.put(receipt, new ArrayList<>(texts)));
            copy.epochs.addAll(epochs);
            return copy;
        }

        void add(Receipt receipt, byte[] record) {
            given.computeIfAbsent(receipt, it -> new ArrayList<>()).add(Bytes.text(record));
        }
    }

    private record Copy(Path dir, History history) {}

    /** One run of the agent's process. */
    private record Life(
            Outbox outbox,
            RecordQueue queue,
            StoreWorker store,
            ControlWorker control,
            SalvageWorker salvage,
            Counters counters) {}

    WorldDevice(String id, Story story, Wire wire, InMemoryBroker broker, Path root, LongSupplier clock) {
        this.id = id;
        this.story = story;
        this.wire = wire;
        this.broker = broker;
        this.root = root;
        this.clock = clock;
        this.random = new Random(story.seed() * 31 + id.hashCode());
        this.dir = root.resolve(id + "-0");
        start();
    }

    private Instant wall() {
        return Instant.ofEpochMilli(1_790_000_000_000L + wallOffsetMillis + clock.getAsLong() / 1_000_000);
    }

    private void start() {
        SplittableRandom draws = new SplittableRandom(random.nextLong());
        Counters counters = new Counters();
        InstantSource wallClock = this::wall;
        FaultLog faults = new FaultLog(wallClock);
        long quota = story.tinyQuota() ? 1 << 20 : 64 << 20;
        Duration maxAge = story.shortAge() ? Duration.ofSeconds(4) : Duration.ofDays(30);
        Outbox outbox = Outbox.open(new OutboxConfig(dir, quota, 0, maxAge, story.whenFull()), wallClock, clock);
        Doorbell doorbell = new Doorbell();
        var intervals = new ByStream(Duration.ZERO, Duration.ofMillis(50), Duration.ofMillis(200));
        RecordQueue queue = new RecordQueue(intervals, counters, doorbell, clock);
        FleetInbox inbox = new FleetInbox(counters, doorbell);
        DeviceClock deviceClock = new DeviceClock(wallClock, clock, TimeService.ofHost(), BUILT_MILLIS, dir);
        Conditions conditions = new Conditions(deviceClock, clock);
        HealthWatch health =
                new HealthWatch(deviceClock, conditions, () -> StoreView.of(outbox), counters, List::of, known -> {});
        StatusReport report =
                new StatusReport("test", wallClock, () -> 0, List::of, quota, () -> StoreView.of(outbox), health);
        LinkConfig linkConfig = LinkConfig.builder(InMemoryBroker.URL, id)
                .subscriptions(wire.topics().down(id))
                .connectTimeout(Duration.ofSeconds(1))
                .backoff(Backoff.between(Duration.ofMillis(50), Duration.ofMillis(500)))
                .build();
        ControlWorker control = new ControlWorker(
                id,
                new LinkPlan(
                        wire,
                        listener ->
                                new MortalLink(new InMemoryLink(broker, linkConfig, draws.split(), listener), fuse)),
                inbox,
                report,
                health,
                counters,
                faults,
                (topic, message) -> {},
                new SentAway("", conditions, draws.split()));
        Uplink uplink = new Uplink(
                id,
                control::wire,
                outbox,
                control::publish,
                positions ->
                        new Hello("test", outbox.boot(), wall().toEpochMilli(), 0, List.of(), List.of(), positions),
                UPLINK,
                draws.split(),
                counters,
                faults);
        StoreWorker store = new StoreWorker(
                outbox,
                queue,
                inbox,
                new StoreErrands(doorbell),
                uplink,
                new Ledger(),
                wallClock,
                counters,
                faults,
                view -> {});
        SalvageWorker salvage = new SalvageWorker(dir, uplink.courier(), 20, new Surroundings(outbox, queue), faults);
        life = new Life(outbox, queue, store, control, salvage, counters);
        noticeEpoch();
    }

    /** What reading a damaged store back has here: everything on one thread. */
    private final class Surroundings implements SalvageWorker.Surroundings {
        private final Outbox outbox;
        private final RecordQueue queue;

        private Surroundings(Outbox outbox, RecordQueue queue) {
            this.outbox = outbox;
            this.queue = queue;
        }

        @Override
        public boolean readBack(Stream stream, long rows) {
            return outbox.readBack(stream, rows);
        }

        @Override
        public void wake() {}

        @Override
        public void event(String name, String text) {
            Stamp at = new Stamp(wall().toEpochMilli(), clock.getAsLong() / 1_000_000, outbox.boot());
            queue.record(Stream.EVENT, new DeviceEvent(at, name, id + " " + lives + " " + text));
        }
    }

    /** Keeps the receipts apart from the store that gave them. */
    private final class Ledger implements ReceiptListener {
        @Override
        public void committed(List<Received> receipts, long commitWallMillis) {
            receipts.forEach(it -> history.add(it.receipt(), it.record()));
        }

        @Override
        public void acknowledged(StreamState state, long wallMillis) {}
    }

    private void noticeEpoch() {
        if (life != null) {
            long epoch = life.outbox().state(Stream.EVENT).epoch();
            if (history.epochs.isEmpty() || history.epochs.getLast() != epoch) {
                history.epochs.add(epoch);
            }
        }
    }

    void record(Stream stream) {
        if (life != null) {
            made++;
            boolean large = story.tinyQuota() && random.nextInt(3) > 0;
            String text = id + " " + made + " " + padding(large ? 4_000 + random.nextInt(20_000) : random.nextInt(60));
            Stamp at = new Stamp(
                    wall().toEpochMilli(),
                    clock.getAsLong() / 1_000_000,
                    life.outbox().boot());
            life.queue().record(stream, new DeviceEvent(at, "test", text));
        }
    }

    private String padding(int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) ('!' + random.nextInt(90)));
        }
        return text.toString();
    }

    void work(long nowNanos) {
        if (life == null) {
            asleep--;
            if (asleep <= 0) {
                start();
            }
            return;
        }
        try {
            life.control().work(nowNanos);
            life.store().work(nowNanos);
            life.salvage().work(nowNanos);
            noticeEpoch();
        } catch (Killed e) {
            kill(random.nextInt(100));
        }
    }

    /** The process dies within one of its next steps, in the middle of its work. */
    void killSoon() {
        fuse.light(1 + random.nextInt(8));
    }

    /** SIGKILL: only what the files say at this moment is left. Its connection stays half open. */
    void kill(int stepsAway) {
        fuse.light(0);
        if (life != null) {
            noticeEpoch();
            Life dead = life;
            life = null;
            lives++;
            Path left = root.resolve(id + "-" + lives);
            Folders.copy(dir, left, name -> true);
            dead.salvage().close();
            dead.outbox().close();
            Folders.delete(dir);
            dir = left;
            asleep = stepsAway;
        }
    }

    /** A clean end, and a start. */
    void restart() {
        if (life != null) {
            fuse.light(0);
            life.control().close();
            life.salvage().close();
            life.outbox().close();
            start();
        }
    }

    /** Keeps a copy of the directory to restore it from later. */
    void keepCopy() {
        if (life != null) {
            Path to = root.resolve(id + "-copy-" + lives + "-" + clock.getAsLong());
            Folders.copy(dir, to, name -> true);
            copy = new Copy(to, history.copy());
        }
    }

    /** Somebody puts the old copy in place: whatever was recorded since happened to another device. */
    void restore() {
        if (life != null && copy != null) {
            kill(1);
            restores++;
            forget(copy.history());
            history = copy.history().copy();
            Folders.delete(dir);
            Folders.copy(copy.dir(), dir, name -> true);
        }
    }

    /** The database alone falls back to what it was, and the file beside it says that rows have vanished. */
    void loseTheNewestRows() {
        if (life != null && copy != null && copy.history().epochs.equals(history.epochs)) {
            kill(1);
            restores++;
            Folders.deleteFiles(dir, name -> name.startsWith("outbox.db"));
            Folders.copy(copy.dir(), dir, name -> name.startsWith("outbox.db"));
        }
    }

    private void forget(History kept) {
        history.given.forEach((receipt, texts) -> {
            if (!kept.given.containsKey(receipt)) {
                abandoned
                        .given
                        .computeIfAbsent(receipt, it -> new ArrayList<>())
                        .addAll(texts);
            }
        });
    }

    /** Nobody kills it any more. */
    void spare() {
        fuse.light(0);
    }

    void jump(Duration time) {
        wallOffsetMillis += time.toMillis();
    }

    String id() {
        return id;
    }

    /** The receipts that the device has to answer for. */
    History history() {
        return history;
    }

    /** Receipts that were given after a copy that was restored later. */
    History abandoned() {
        return abandoned;
    }

    /** Whether a store that was set aside is not read back to its end. */
    boolean isReadingBack() {
        try {
            return SetAside.in(dir).stream().anyMatch(aside -> !aside.isDone());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int restores() {
        return restores;
    }

    /** The outbox; null while the device is dead. */
    @Nullable
    Outbox outbox() {
        return life == null ? null : life.outbox();
    }

    @Nullable
    Counters counters() {
        return life == null ? null : life.counters();
    }

    void close() {
        if (life != null) {
            life.control().close();
            life.salvage().close();
            life.outbox().close();
        }
    }
}
