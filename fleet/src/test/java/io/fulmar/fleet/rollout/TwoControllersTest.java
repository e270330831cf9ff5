package io.fulmar.fleet.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.database.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two controllers at the same time in threads of their own, each killed again and again, on either database. */
class TwoControllersTest {
    private static final int DEVICES = 40;
    private static final int SEEDS = 4;
    private static final int LOOKS_AFTER_HALT = 30;
    private static final long PATIENCE_NANOS = 120_000_000_000L;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @ParameterizedTest
    @EnumSource
    void nobodyIsToldTwiceOrAfterAHaltOrOutsideOfTheOpenWaves(TestDatabase kind) throws Exception {
        long killed = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Path at = dir.resolve(kind + "-" + seed);
            Files.createDirectories(at);
            kind.in(at);
            try (TestFleet fleet = new TestFleet(at, Database.in(at))) {
                killed += run(fleet, seed);
            }
        }
        assertThat(killed)
                .as("controllers that were killed, so that the test means something")
                .isPositive();
    }

    private static long run(TestFleet fleet, int seed) throws Exception {
        List<String> devices = fleet.devices(DEVICES);
        fleet.bad.add(devices.get(12));
        Plan plan =
                Plans.of("{`devices`:10,`errors`:{`count`:1}},{`devices`:20,`errors`:{`count`:1}},{`percent`:100}", "");
        String id = fleet.create(plan, devices);
        var stopping = new AtomicBoolean();
        var killed = new AtomicLong();
        try (var threads = Executors.newFixedThreadPool(2)) {
            List<Future<Void>> controllers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                controllers.add(
                        threads.submit(controller(fleet, new SplittableRandom(10L * seed + i), stopping, killed)));
            }
            try {
                follow(fleet, id);
            } finally {
                stopping.set(true);
            }
            for (Future<Void> each : controllers) {
                each.get();
            }
        }
        assertThat(fleet.told().keySet()).isSubsetOf(devices.subList(0, 20));
        assertThat(fleet.number("SELECT sum(told) FROM rollout_event")).isEqualTo(20);
        assertThat(fleet.number("SELECT count(*) FROM rollout_event WHERE told > 0 AND from_state <> 'running'"))
                .isZero();
        assertThat(fleet.number("SELECT count(*) FROM device_event WHERE kind = 'rollout assigned'"))
                .isEqualTo(20);
        return killed.get();
    }

    /** Until some time after it was halted; from then on nobody's desired state may have the release anew. */
    private static void follow(TestFleet fleet, String id) throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (fleet.load(id).state() != RolloutState.HALTED) {
            assertThat(System.nanoTime()).as("%s", fleet.load(id).state()).isLessThan(deadline);
            fleet.devicesAct();
            fleet.now.addAndGet(1_000);
        }
        Map<String, Long> atHalt = fleet.told();
        for (int i = 0; i < LOOKS_AFTER_HALT; i++) {
            fleet.devicesAct();
            fleet.now.addAndGet(1_000);
            assertThat(fleet.told()).isEqualTo(atHalt);
        }
    }

    private static Callable<Void> controller(
            TestFleet fleet, SplittableRandom random, AtomicBoolean stopping, AtomicLong killed) {
        return () -> {
            long nanos = 0;
            while (!stopping.get()) {
                try (RolloutController controller = fleet.controller(new AtomicLong(random.nextInt(20, 200)))) {
                    while (!stopping.get()) {
                        nanos += 100_000_000_000L;
                        controller.work(nanos);
                    }
                } catch (KillableConnection.Killed e) {
                    killed.incrementAndGet();
                }
            }
            return null;
        };
    }
}
