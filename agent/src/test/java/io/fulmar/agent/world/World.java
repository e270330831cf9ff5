package io.fulmar.agent.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** A device, a broker and a fleet on one clock that the test moves. Owned by the test's thread. */
public final class World implements AutoCloseable {
    /** One step of the clock. */
    public static final Duration STEP = Duration.ofMillis(10);

    private final InMemoryBroker broker;
    private final TestFleet fleet;
    private final TestDevice device;
    private long now;

    public World(Path dir, Faults faults) {
        this(
                dir,
                faults,
                new UplinkSettings(20, 64 * 1024, 4, Duration.ofSeconds(2), Duration.ofSeconds(8), Long.MAX_VALUE),
                64 << 20);
    }

    public World(Path dir, Faults faults, UplinkSettings settings, long quotaBytes) {
        Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
        this.broker = new InMemoryBroker(faults);
        this.fleet = new TestFleet(wire, broker);
        this.device = new TestDevice(wire, broker, dir, () -> now, faults.seed(), settings, quotaBytes);
    }

    public InMemoryBroker broker() {
        return broker;
    }

    public TestFleet fleet() {
        return fleet;
    }

    public TestDevice device() {
        return device;
    }

    public long now() {
        return now;
    }

    /** Everybody does what is due at one instant, and the clock moves on. */
    public void step() {
        now += STEP.toNanos();
        device.work(now);
        broker.work(now);
        fleet.work(now);
        broker.work(now);
    }

    public void run(Duration time) {
        for (long end = now + time.toNanos(); now < end; ) {
            step();
        }
    }

    /** Steps until it is so; fails if it is not within that time of the world's clock. */
    public void runUntil(String what, Duration limit, BooleanSupplier condition) {
        for (long end = now + limit.toNanos(); now < end; ) {
            if (condition.getAsBoolean()) {
                return;
            }
            step();
        }
        assertThat(condition.getAsBoolean()).as("within %s: %s", limit, what).isTrue();
    }

    /** Steps until the fleet has all that was recorded. */
    public void runUntilDelivered() {
        run(Duration.ofMillis(300));
        runUntil("everything is delivered", Duration.ofMinutes(20), () -> device.buffered() == 0);
    }

    /** Each receipt is exactly one row with its bytes, or inside of a declared gap; each stream is a contiguous prefix. */
    public void assertDeliveredExactlyOnce() {
        assertThat(device.ledger()).isNotEmpty();
        Map<Receipt, String> wrong = new TreeMap<>(java.util.Comparator.comparing(Receipt::toString));
        device.ledger().forEach((receipt, bytes) -> {
            var rows = fleet.stored(receipt.epoch(), receipt.stream()).rows;
            if (!rows.containsKey(receipt.seq())) {
                wrong.put(receipt, "is missing");
            } else if (rows.get(receipt.seq()) != null && !java.util.Arrays.equals(rows.get(receipt.seq()), bytes)) {
                wrong.put(receipt, "has other bytes");
            }
        });
        assertThat(wrong).isEmpty();
        fleet.database()
                .forEach((key, stored) -> assertThat(stored.rows.keySet().stream()
                                .mapToLong(it -> it)
                                .toArray())
                        .as("%s is contiguous and in order", key)
                        .isEqualTo(java.util.stream.LongStream.range(1, stored.next())
                                .toArray()));
    }

    /** Not one receipt is inside of a gap. */
    public void assertNoGaps() {
        fleet.database()
                .forEach((key, stored) ->
                        assertThat(stored.gaps).as("gaps of %s", key).isEmpty());
    }

    @Override
    public void close() {
        device.close();
    }
}
