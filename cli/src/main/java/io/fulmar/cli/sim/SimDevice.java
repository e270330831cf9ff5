package io.fulmar.cli.sim;

import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.mqtt.Will;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.NotEnrolled;
import io.fulmar.sync.wire.SoftwareVersion;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.StreamPosition;
import io.fulmar.sync.wire.Taken;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.UplinkMessage;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One simulated device: the uplink of a real one over a store that makes its rows, a connection that is lost and found as a
 * real one's is, and what a device says of itself. Owned by the simulation's thread.
 */
final class SimDevice {
    private static final Backoff BACKOFF = Backoff.between(Duration.ofSeconds(1), Duration.ofMinutes(2));
    private static final UplinkSettings UPLINK = UplinkSettings.of(500, Duration.ofSeconds(10), null);
    private static final Duration RESTART_TAKES = Duration.ofSeconds(2);
    private static final String VERSION = SoftwareVersion.read();
    private static final long NEVER = Long.MAX_VALUE;
    private static final long OWN_TOKEN = 0;
    private static final ModelRef FIRST_MODEL =
            new ModelRef("simulated", "1.0.0", HexFormat.of().formatHex(new byte[32]));

    private final int number;
    private final String name;
    private final SimPlan plan;
    private final boolean active;
    private final World world;
    private final SplittableRandom random;
    private final Rows rows;
    private final GeneratedStore store;
    private final Releases releases;
    private final LinkConfig linkConfig;
    private Uplink uplink;
    private String session;
    private int boot = 1;
    private @Nullable LightLink link;
    private boolean up;
    private boolean greeted;
    private int failures;
    private long upSinceNanos;
    private long connectAt;
    private long commitAt = NEVER;
    private long dropAt = NEVER;
    private long restartAt = NEVER;
    private long statusAt = NEVER;
    private boolean reportDue;
    private boolean everWelcome;
    private long startNanos;
    private long wakeNanos = NEVER;

    /** What all devices share. */
    record World(
            Wire wire,
            Connector connector,
            Tally tally,
            Counters counters,
            FaultLog faults,
            long startedNanos,
            long startedMillis) {
        long millis(long nowNanos) {
            return startedMillis + (nowNanos - startedNanos) / 1_000_000;
        }
    }

    /** Makes a connection of a device. */
    @FunctionalInterface
    interface Connector {
        LightLink open(SimDevice device, LinkConfig config);
    }

    /** What is counted of all devices together. */
    interface Tally {
        /** One whose connection was lost is welcome again. */
        void welcomed(SimDevice device, boolean first);

        void lost(SimDevice device, boolean wasWelcome, LinkEvent.Disconnected how);

        /** The fleet has committed a row that was recorded during the simulation. */
        void delivered(double afterStartMillis);

        void told(DownlinkMessage message);
    }

    /** @param settings of its connection, but for what depends on its name */
    SimDevice(int number, SimPlan plan, World world, LinkConfig.Builder settings, long connectAt) {
        this.number = number;
        this.name = plan.name(number);
        this.plan = plan;
        this.active = plan.isActive(number);
        this.world = world;
        this.connectAt = connectAt;
        this.random = new SplittableRandom(plan.seed() * 1_000_003 + number);
        var own = new SplittableRandom(); // epochs and sessions are those of this run alone
        this.rows = new Rows(
                random.nextLong(),
                VERSION,
                FIRST_MODEL,
                plan.backlogOf(number),
                active ? plan.rate() : 0,
                random.nextDouble(),
                world.startedMillis());
        this.store = new GeneratedStore(rows::row, () -> own.nextLong() | 1);
        boolean fails = random.nextDouble() < plan.faults().fail();
        this.releases = new Releases(FIRST_MODEL, fails, () -> around(plan.install(), random));
        this.session = HexFormat.of().toHexDigits(own.nextLong());
        this.uplink = newUplink();
        this.linkConfig = linkConfig(settings);
        store.record(plan.backlogOf(number));
    }

    private Uplink newUplink() {
        return new Uplink(
                name, world::wire, store, this::send, this::hello, UPLINK, random, world.counters(), world.faults());
    }

    /** Drawn evenly from half of it to one and a half of it. */
    private static long around(Duration mean, SplittableRandom random) {
        return mean.toNanos() / 2 + random.nextLong(mean.toNanos() + 1);
    }

    /** Drawn so that it happens that often on average, at any time alike. */
    private long atAnyTime(@Nullable Duration every, long nowNanos) {
        return every == null ? NEVER : nowNanos + (long) (-Math.log(1 - random.nextDouble()) * every.toNanos());
    }

    String name() {
        return name;
    }

    GeneratedStore store() {
        return store;
    }

    boolean greeted() {
        return greeted;
    }

    int number() {
        return number;
    }

    /** It may connect from then on. */
    void connectFrom(long nanos) {
        connectAt = nanos;
    }

    /** Plans that it is looked after then; whether that is earlier than planned before. */
    boolean wakeAt(long nanos) {
        boolean earlier = nanos < wakeNanos;
        if (earlier) {
            wakeNanos = nanos;
        }
        return earlier;
    }

    /** Whether it is to be looked after at that planned time; then nothing is planned any more. */
    boolean wakesAt(long nanos) {
        boolean now = wakeNanos == nanos;
        if (now) {
            wakeNanos = NEVER;
        }
        return now;
    }

    /** Recording begins, and with it what goes wrong. */
    void start(long nowNanos) {
        rows.startAt(world.millis(nowNanos));
        startNanos = nowNanos;
        if (active) {
            commitAt = nowNanos + random.nextLong(plan.commit().toNanos() + 1);
        }
        dropAt = atAnyTime(plan.faults().drop(), nowNanos);
        restartAt = atAnyTime(plan.faults().restart(), nowNanos);
    }

    /** Recording ends there: what was recorded until then is committed, and nothing goes wrong any more. */
    void stop(long atNanos) {
        if (active) {
            store.record(rows.until(atNanos - startNanos));
        }
        commitAt = NEVER;
        dropAt = NEVER;
        restartAt = NEVER;
    }

    /** Does what is due; returns when the next thing is. */
    long work(long nowNanos) {
        if (link == null && connectAt <= nowNanos) {
            connect();
        }
        if (commitAt <= nowNanos) {
            store.record(rows.until(nowNanos - startNanos));
            commitAt += plan.commit().toNanos()
                    * Math.max(1, (nowNanos - commitAt) / plan.commit().toNanos());
        }
        if (dropAt <= nowNanos) {
            cut(nowNanos);
            dropAt = atAnyTime(plan.faults().drop(), nowNanos);
        }
        if (restartAt <= nowNanos) {
            restart(nowNanos);
        }
        if (releases.work(nowNanos)) {
            ModelRef running = releases.running();
            rows.changed(store.recorded() + 1, boot, running);
            reportDue = true;
        }
        if (up) {
            sayOfItself(nowNanos);
            for (int i = 0; i < Limits.SENDS_AT_ONCE && uplink.work(nowNanos) > 0; i++) {
                // as far as the connection takes it
            }
        }
        return dueNanos(nowNanos);
    }

    private long dueNanos(long nowNanos) {
        long due = Math.min(Math.min(commitAt, dropAt), Math.min(restartAt, releases.dueNanos(nowNanos)));
        if (link == null) {
            return Math.min(due, connectAt);
        }
        if (up) {
            long idle = uplink.idleNanos(nowNanos);
            due = Math.min(due, Math.min(statusAt, idle == NEVER ? NEVER : nowNanos + idle));
        }
        return due;
    }

    private void connect() {
        LightLink opened = world.connector().open(this, linkConfig);
        link = opened;
        opened.connect();
    }

    private LinkConfig linkConfig(LinkConfig.Builder settings) {
        var topics = world.wire().topics();
        Envelope lost = world.wire().encode(name, status(false, world.startedNanos()));
        return settings.subscriptions(topics.down(name), topics.trust(), topics.desired(name), topics.command(name))
                .will(new Will(lost.topic(), lost.payload(), 1, true, lost.contentType()))
                .build();
    }

    /** The connection is cut, as by a network that fails. */
    void cut(long nowNanos) {
        LightLink cut = link;
        if (cut != null && up) {
            cut.cut();
            lost(new LinkEvent.Disconnected(LinkEvent.Kind.NETWORK, "the simulation cut it", ""), nowNanos);
        }
    }

    private void restart(long nowNanos) {
        LightLink cut = link;
        if (cut != null) {
            cut.cut();
            lost(new LinkEvent.Disconnected(LinkEvent.Kind.NETWORK, "the simulation restarted it", ""), nowNanos);
        }
        boot++;
        session = HexFormat.of().toHexDigits(random.nextLong());
        rows.changed(store.recorded() + 1, boot, releases.running());
        uplink = newUplink();
        failures = 0;
        connectAt = nowNanos + around(RESTART_TAKES, random);
        restartAt = atAnyTime(plan.faults().restart(), nowNanos);
    }

    /** Something happened to a connection of this device. */
    void happened(LightLink where, LinkEvent event, long nowNanos) {
        if (where != link) {
            if (event instanceof LinkEvent.Connected) {
                where.close(); // it was given up while it came up
            }
            return;
        }
        switch (event) {
            case LinkEvent.Connected connected -> {
                where.up(true);
                up = true;
                upSinceNanos = nowNanos;
                uplink.connected(connected.maximumPacketSize());
                statusAt = nowNanos;
                reportDue = true;
            }
            case LinkEvent.Disconnected how -> lost(how, nowNanos);
            case LinkEvent.Received received -> received(received.message(), nowNanos);
            case LinkEvent.Published published -> {
                where.settled();
                if (!published.taken() && published.token() != OWN_TOKEN) {
                    uplink.refused(published.token(), published.reasonCode(), nowNanos);
                }
            }
            case LinkEvent.Unsubscribed ignored -> {
                // a light link has no wishes
            }
        }
    }

    private void lost(LinkEvent.Disconnected how, long nowNanos) {
        LightLink gone = link;
        if (gone != null) {
            gone.up(false);
        }
        link = null;
        if (up) {
            uplink.disconnected();
            if (nowNanos - upSinceNanos >= BACKOFF.stableAfter().toNanos()) {
                failures = 0;
            }
        }
        up = false;
        boolean was = greeted;
        greeted = false;
        connectAt = nowNanos + BACKOFF.delay(failures, random).toNanos();
        failures++;
        world.tally().lost(this, was, how);
    }

    private void received(InboundMessage message, long nowNanos) {
        Topic topic = world.wire().topics().parse(message.topic());
        if (topic instanceof Topic.Desired && message.payload().length > 0) {
            reportDue |= releases.wanted(message.payload(), name, nowNanos);
            return;
        }
        if (!(topic instanceof Topic.Down)) {
            return; // trust roots and commands are for real devices
        }
        DownlinkMessage said;
        try {
            said = world.wire()
                    .decodeDownlink(new Envelope(
                            message.topic(), message.payload(), message.contentType(), message.userProperties()))
                    .message();
        } catch (WireException e) {
            world.faults().record("sim", name + ": " + e.getMessage(), null);
            return;
        }
        world.tally().told(said);
        if (said instanceof Taken taken && taken.session().equals(session)) {
            leave(
                    LinkEvent.Kind.TAKEN_OVER,
                    "another device uses the identity of " + name,
                    "does another simulation run with the same --names?",
                    taken.retryAfterMillis(),
                    nowNanos);
            return;
        }
        if (said instanceof NotEnrolled refusal) {
            leave(
                    LinkEvent.Kind.REFUSED,
                    "the fleet takes enrolled devices only, and not " + name,
                    "simulate devices on a fleet with 'fulmar fleet serve --registration open'",
                    refusal.retryAfterMillis(),
                    nowNanos);
            return;
        }
        long before = store.acknowledgedSeq();
        long epoch = store.epoch();
        uplink.received(said, nowNanos);
        if (said instanceof Welcome && !greeted) {
            greeted = true;
            world.tally().welcomed(this, !everWelcome);
            everWelcome = true;
        }
        if (store.epoch() == epoch && (said instanceof Acknowledge || said instanceof Expected)) {
            delivered(before, nowNanos);
        }
    }

    private void leave(LinkEvent.Kind kind, String reason, String hint, int forMillis, long nowNanos) {
        LightLink cut = link;
        if (cut != null) {
            cut.close();
        }
        lost(new LinkEvent.Disconnected(kind, reason, hint), nowNanos);
        connectAt = nowNanos + Duration.ofMillis(forMillis).toNanos();
    }

    /** The fleet has more rows than it had. */
    private void delivered(long before, long nowNanos) {
        long now = store.acknowledgedSeq();
        for (long seq = before + 1; seq <= now; seq++) {
            long number = store.number(seq);
            if (!rows.isBacklog(number)) {
                world.tally().delivered((nowNanos - startNanos) / 1e6 - rows.afterStartMillis(number));
            }
        }
        if (now > before) {
            rows.forget(store.number(now));
        }
    }

    // ---- what it says

    private Hello hello(List<StreamPosition> positions) {
        return new Hello(
                VERSION, boot, world.millis(System.nanoTime()), 1L << 30, List.of(), List.of(), positions, session);
    }

    private void sayOfItself(long nowNanos) {
        if (statusAt <= nowNanos && tell(status(true, nowNanos), nowNanos)) {
            statusAt = nowNanos + Limits.STATUS_EVERY.toNanos();
        }
        if (reportDue && tell(releases.reported(VERSION, world.millis(nowNanos)), nowNanos)) {
            reportDue = false;
        }
    }

    private boolean tell(UplinkMessage message, long nowNanos) {
        LightLink there = link;
        if (there == null) {
            return false;
        }
        Envelope envelope = world.wire().encode(name, message);
        OutboundMessage outbound = OutboundMessage.of(envelope.topic(), envelope.payload(), 1, true, OWN_TOKEN)
                .describedAs(envelope.contentType(), envelope.userProperties());
        boolean taken = there.publish(outbound) == PublishOutcome.ACCEPTED;
        if (!taken) {
            statusAt = Math.max(statusAt, nowNanos);
        }
        return taken;
    }

    private Status status(boolean online, long nowNanos) {
        return new Status(
                online,
                online ? null : "connection lost",
                VERSION,
                boot,
                world.millis(nowNanos),
                (nowNanos - world.startedNanos()) / 1_000_000,
                Status.Health.HEALTHY,
                List.of(),
                List.of(releases.running()),
                List.of(new Status.StreamCounts(
                        Stream.DATA, store.recorded(), store.acknowledged(), store.buffered(), 0, store.setAside(), 0)),
                0,
                1L << 30);
    }

    /** What the uplink sends: some batches do not arrive, and some arrive twice. */
    private PublishOutcome send(OutboundMessage message) {
        LightLink there = link;
        if (there == null) {
            return PublishOutcome.OFFLINE;
        }
        boolean batch = Envelope.PROTOBUF.equals(message.contentType());
        if (batch
                && plan.faults().lose() > 0
                && random.nextDouble() < plan.faults().lose()) {
            return PublishOutcome.ACCEPTED;
        }
        PublishOutcome outcome = there.publish(message);
        if (batch
                && outcome == PublishOutcome.ACCEPTED
                && plan.faults().repeat() > 0
                && random.nextDouble() < plan.faults().repeat()) {
            there.publish(message);
        }
        return outcome;
    }

    /** Goes away for good; says whether it had a connection. */
    boolean close() {
        LightLink there = link;
        if (there != null) {
            there.cut(); // so that the broker says that it is gone
            there.up(false);
        }
        link = null;
        up = false;
        connectAt = NEVER;
        return there != null;
    }

    /** What the fleet has to have of this device. */
    SimReport.Kept kept() {
        StreamState state = store.state(Stream.DATA);
        return new SimReport.Kept(name, state.epoch(), state.next() - 1, state.acknowledged(), state.tailHash());
    }
}
