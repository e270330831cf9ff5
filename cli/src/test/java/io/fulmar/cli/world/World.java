package io.fulmar.cli.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Devices, a broker and a fleet on one clock: first a bad time, as the story says, then calm until nothing is left to do.
 * Owned by the test's thread.
 */
final class World implements AutoCloseable {
    private static final Duration STEP = Duration.ofMillis(10);
    private static final Duration TEN_YEARS = Duration.ofDays(3652);
    private static final int CALM_SECONDS = 120;
    private static final Faults LOSSY = new Faults(0, 0.2, 0, 0, 0, 0, Duration.ofMillis(20));

    private final Story story;
    private final Random random;
    private final InMemoryBroker broker;
    private final WorldFleet fleet;
    private final List<WorldDevice> devices = new ArrayList<>();
    private final List<Runnable> parts = new ArrayList<>();
    private long now = 1_000_000_000L;
    private int outage;

    World(Story story, Path dir) {
        this.story = story;
        this.random = new Random(story.seed() * 41);
        Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
        this.broker = new InMemoryBroker(story.faults());
        this.fleet = new WorldFleet(story, wire, broker, dir, () -> now);
        for (int i = 1; i <= story.devices(); i++) {
            devices.add(new WorldDevice("d" + i, story, wire, broker, dir, () -> now));
        }
        devices.forEach(device -> parts.add(() -> device.work(now)));
        parts.add(() -> fleet.work(now));
        parts.add(() -> broker.work(now));
        parts.add(() -> broker.work(now));
    }

    Story story() {
        return story;
    }

    WorldFleet fleet() {
        return fleet;
    }

    List<WorldDevice> devices() {
        return devices;
    }

    /** The bad time. */
    void suffer() {
        for (int i = 0; i < story.steps(); i++) {
            devices.forEach(this::trouble);
            troubleFleet();
            troubleBroker();
            step();
        }
    }

    private void trouble(WorldDevice device) {
        if (oneIn(8)) {
            device.record(anyStream());
        }
        if (oneIn(150)) {
            burst(device, anyStream());
        }
        if (oneIn(800)) {
            device.kill(random.nextInt(100));
        }
        if (oneIn(400)) {
            device.killSoon();
        }
        if (oneIn(1_500)) {
            device.restart();
        }
        if (oneIn(500)) {
            device.jump(anyJump());
        }
        if (story.deviceRestores() && oneIn(400)) {
            device.keepCopy();
        }
        if (story.deviceRestores() && oneIn(600)) {
            if (oneIn(3)) {
                device.loseTheNewestRows();
            } else {
                device.restore();
                device.work(now);
                burst(device, Stream.ALARM);
            }
        }
    }

    private void burst(WorldDevice device, Stream stream) {
        for (int i = random.nextInt(60); i > 0; i--) {
            device.record(stream);
        }
    }

    private void troubleFleet() {
        if (oneIn(800)) {
            fleet.kill(random.nextInt(100));
        }
        if (oneIn(400)) {
            fleet.killSoon();
        }
        if (oneIn(1_500)) {
            fleet.restart();
        }
        if (oneIn(1_000)) {
            fleet.loseDatabase();
        }
        if (oneIn(500)) {
            fleet.jump(anyJump());
        }
        if (story.fleetRestores() && oneIn(400)) {
            fleet.keepBackup();
        }
        if (story.fleetRestores() && oneIn(600)) {
            fleet.restore();
        }
    }

    private void troubleBroker() {
        if (oneIn(1_000)) {
            broker.loseEverything();
        }
        if (oneIn(800)) {
            broker.cut();
        }
        if (outage == 0 && oneIn(600)) {
            List<InMemoryBroker.Mood> moods = List.of(InMemoryBroker.Mood.values());
            broker.mood(moods.get(random.nextInt(moods.size())));
            broker.hold(oneIn(2));
            outage = 1 + random.nextInt(story.tinyQuota() ? 400 : 150);
        } else if (outage > 0) {
            outage--;
            if (outage == 0) {
                answer();
            }
        }
    }

    private void answer() {
        broker.hold(false);
        broker.mood(InMemoryBroker.Mood.ANSWERING);
    }

    /**
     * No more troubles: a last new connection for everybody; in every second world more records while messages are lost, but
     * no connection is; then a calm that ends when everybody agrees.
     */
    void calmDown() {
        broker.faults(Faults.none());
        answer();
        devices.forEach(WorldDevice::spare);
        fleet.spare();
        run(Duration.ofSeconds(2));
        broker.loseEverything();
        run(Duration.ofSeconds(3));
        if (random.nextBoolean()) {
            recordWhileMessagesAreLost();
        }
        List<String> left = List.of("not looked yet");
        for (int i = 0; i < CALM_SECONDS && !left.isEmpty(); i++) {
            run(Duration.ofSeconds(1));
            left = unfinished();
        }
        assertThat(left).as("what is not finished in a calm world").isEmpty();
        run(Duration.ofSeconds(2)); // the last word about a store that was read back is on its way
        long batches = batches();
        run(Duration.ofSeconds(10));
        assertThat(unfinished()).as("what was finished stays so").isEmpty();
        assertThat(batches()).as("batches sent when all is delivered").isEqualTo(batches);
    }

    private void recordWhileMessagesAreLost() {
        broker.faults(LOSSY);
        for (int i = 0; i < 60; i++) {
            devices.forEach(device -> device.record(anyStream()));
            run(STEP.multipliedBy(5));
        }
        broker.faults(Faults.none());
    }

    private long batches() {
        long batches = 0;
        for (WorldDevice device : devices) {
            Counters counters = device.counters();
            batches += counters == null ? 0 : counters.get(Counter.BATCHES);
        }
        return batches;
    }

    private List<String> unfinished() {
        List<String> left = new ArrayList<>();
        Map<Stored.Key, Stored> heads = Stored.heads(fleet.dir());
        for (WorldDevice device : devices) {
            if (device.isReadingBack()) {
                left.add(device.id() + ": a store that was set aside");
            }
            Outbox outbox = device.outbox();
            if (outbox == null) {
                left.add(device.id() + " is dead");
                continue;
            }
            for (Stream stream : Stream.values()) {
                StreamState state = outbox.state(stream);
                Stored head = heads.get(new Stored.Key(device.id(), state.epoch(), stream));
                long stored = head == null ? 1 : head.next;
                if (state.acknowledged() + 1 != state.next() || stored != state.next()) {
                    left.add(device.id() + " has " + state + ", the fleet's next is " + stored);
                } else if (head != null && !head.hash.equals(state.tailHash())) {
                    left.add(device.id() + " has " + state + ", the fleet has the hash " + head.hash);
                }
            }
        }
        return left;
    }

    private void run(Duration time) {
        for (long end = now + time.toNanos(); now < end; ) {
            step();
        }
    }

    /** Everybody does what is due at one instant, in any order, and the clock moves on. */
    private void step() {
        now += STEP.toNanos();
        Collections.shuffle(parts, random);
        parts.forEach(Runnable::run);
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private Stream anyStream() {
        List<Stream> streams = List.of(Stream.values());
        return streams.get(random.nextInt(streams.size()));
    }

    private Duration anyJump() {
        return random.nextBoolean() ? TEN_YEARS : TEN_YEARS.negated();
    }

    @Override
    public void close() {
        devices.forEach(WorldDevice::close);
        fleet.close();
    }
}
