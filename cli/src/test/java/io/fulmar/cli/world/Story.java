package io.fulmar.cli.world;

import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.outbox.WhenFull;
import java.time.Duration;
import java.util.Random;

/**
 * What kind of bad time a world has, drawn from its seed. Immutable.
 *
 * @param tinyQuota the outboxes are as small as they can be and the records large, so that rows are given up
 * @param shortAge rows are given up by age as well
 * @param fleetRestores the fleet's database is replaced by a backup now and then
 * @param deviceRestores a device's directory is replaced by an older copy now and then
 */
record Story(
        long seed,
        int devices,
        int steps,
        boolean tinyQuota,
        boolean shortAge,
        WhenFull whenFull,
        boolean fleetRestores,
        boolean deviceRestores,
        Faults faults) {

    static Story of(long seed) {
        Random random = new Random(seed);
        boolean harsh = random.nextInt(4) == 0;
        boolean tiny = random.nextInt(3) == 0;
        Faults faults = new Faults(
                seed,
                random.nextDouble(harsh ? 0.25 : 0.08),
                random.nextDouble(harsh ? 0.25 : 0.1),
                random.nextDouble(harsh ? 0.25 : 0.1),
                random.nextDouble(harsh ? 0.004 : 0.001),
                random.nextDouble(harsh ? 0.0005 : 0.0001),
                Duration.ofMillis(1 + random.nextInt(harsh ? 300 : 60)));
        return new Story(
                seed,
                1 + random.nextInt(3),
                1_000 + random.nextInt(2_000),
                tiny,
                random.nextInt(5) == 0,
                tiny && random.nextInt(4) == 0 ? WhenFull.REFUSE_NEW : WhenFull.EVICT_OLDEST,
                random.nextInt(3) == 0,
                random.nextInt(5) < 2,
                faults);
    }

    /** Whether outboxes may give rows up. */
    boolean evictions() {
        return shortAge || (tinyQuota && whenFull == WhenFull.EVICT_OLDEST);
    }
}
