package io.fulmar.agent.world;

import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The uplink against a broker that drops, repeats, reorders, delays, cuts and forgets, and a fleet and a device that are
 * killed: each receipt still is exactly one row. The seed in the test's name repeats a failure.
 */
class FaultyWorldTest {
    private static final List<Stream> STREAMS = List.of(Stream.values());

    private final Path dir;

    FaultyWorldTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyReceiptIsDeliveredOnceOverAFaultyLink(long seed) {
        run(seed, 600, false);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void everyReceiptIsDeliveredOnceAlthoughBothEndsAreKilled(long seed) {
        run(seed, 400, true);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(
            longs = {101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120
            })
    void everyReceiptIsDeliveredOnceThroughALongBadTime(long seed) {
        run(seed, 5_000, true);
    }

    private void run(long seed, int records, boolean kills) {
        SplittableRandom random = new SplittableRandom(seed);
        try (World world = new World(dir, Faults.everything(seed))) {
            for (int i = 0; i < records; i++) {
                world.device().record(STREAMS.get(random.nextInt(STREAMS.size())));
                world.run(Duration.ofMillis(random.nextInt(40)));
                if (kills && random.nextInt(60) == 0) {
                    world.device().killAndRestart();
                }
                if (kills && random.nextInt(60) == 0) {
                    world.fleet().kill();
                }
            }
            world.runUntilDelivered();

            world.assertDeliveredExactlyOnce();
            world.assertNoGaps();
        }
    }
}
