package io.fulmar.fleet.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.SqliteDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two controllers, of which one dies before its nth statement, for every n; then another one begins in its place. What must
 * hold of a rollout is looked at after every turn, in the database.
 */
class RolloutKillTest {
    private static final int DEVICES = 8;
    private static final int TURNS = 24;
    private static final long SECOND_NANOS = 1_000_000_000L;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private static Plan plan() {
        return Plans.of(
                "{`devices`:3,`errors`:{`count`:1}},{`percent`:70,`errors`:{`count`:1}},{`percent`:100,`errors`:{`count`:1}}",
                "");
    }

    private TestFleet fleet(String name) throws Exception {
        Path template = dir.resolve("template");
        if (!Files.exists(template)) {
            Database.in(template).openWriter().close();
        }
        Path at = dir.resolve(name);
        Files.createDirectories(at);
        Files.copy(template.resolve(SqliteDatabase.FILE_NAME), at.resolve(SqliteDatabase.FILE_NAME));
        return new TestFleet(at, Database.in(at));
    }

    @Test
    void whereverAControllerDiesAGoodReleaseComesToEveryDeviceOnce() throws Exception {
        int killedAt = 0;
        boolean died = true;
        while (died) {
            try (TestFleet fleet = fleet("good-" + killedAt)) {
                String id = fleet.create(plan(), fleet.devices(DEVICES));
                died = run(
                        fleet,
                        id,
                        killedAt,
                        (turn, told) -> assertThat(told.values()).allMatch(version -> version == 1));
                assertThat(fleet.load(id).state()).as("killed at %d", killedAt).isEqualTo(RolloutState.DONE);
                assertThat(fleet.number("SELECT count(*) FROM rollout_device WHERE state = 'active' AND version = 1"))
                        .as("killed at %d", killedAt)
                        .isEqualTo(DEVICES);
                assertThat(fleet.number("SELECT sum(told) FROM rollout_event")).isEqualTo(DEVICES);
                assertThat(fleet.number("SELECT count(*) FROM device_event WHERE kind = 'rollout assigned'"))
                        .isEqualTo(DEVICES);
            }
            killedAt++;
        }
        assertThat(killedAt).as("statements at which one could die").isGreaterThan(60);
    }

    @Test
    void whereverAControllerDiesNobodyIsToldAfterAHalt() throws Exception {
        int killedAt = 0;
        boolean died = true;
        while (died) {
            try (TestFleet fleet = fleet("bad-" + killedAt)) {
                List<String> devices = fleet.devices(DEVICES);
                fleet.bad.add(devices.get(4)); // of the second wave
                String id = fleet.create(plan(), devices);
                Map<String, Long> atHalt = new HashMap<>();
                int of = killedAt;
                died = run(fleet, id, killedAt, (turn, told) -> {
                    if (!atHalt.isEmpty()) {
                        assertThat(told).as("killed at %d, turn %d", of, turn).isEqualTo(atHalt);
                    } else if (fleet.load(id).state() == RolloutState.HALTED) {
                        atHalt.putAll(told);
                    }
                });
                assertThat(fleet.load(id).state()).as("killed at %d", killedAt).isEqualTo(RolloutState.HALTED);
                assertThat(fleet.number(
                                "SELECT count(*) FROM rollout_event WHERE told > 0 AND from_state <> 'running'"))
                        .isZero();
                assertThat(fleet.told().keySet()).isSubsetOf(devices.subList(0, 6));
                assertThat(fleet.number("SELECT count(*) FROM rollout_device WHERE wave = 2 AND state <> 'pending'"))
                        .isZero();
            }
            killedAt++;
        }
        assertThat(killedAt).as("statements at which one could die").isGreaterThan(40);
    }

    @Test
    void whereverAControllerDiesEveryDeviceReturnsToWhatItHad() throws Exception {
        int killedAt = 0;
        boolean died = true;
        while (died) {
            try (TestFleet fleet = fleet("back-" + killedAt)) {
                String id = fleet.create(plan(), fleet.devices(DEVICES));
                run(fleet, id, Long.MAX_VALUE, (turn, told) -> {});
                assertThat(fleet.load(id).state()).isEqualTo(RolloutState.DONE);
                fleet.ask(id, new Action.RollBack());
                died = run(fleet, id, killedAt, (turn, told) -> {});
                assertThat(fleet.load(id).state()).as("killed at %d", killedAt).isEqualTo(RolloutState.ROLLED_BACK);
                assertThat(fleet.told()).isEmpty();
                assertThat(fleet.desired().values()).hasSize(DEVICES).allSatisfy(desired -> {
                    assertThat(desired.models().getFirst().manifest()).isEqualTo(TestFleet.OLD);
                    assertThat(desired.version()).isEqualTo(2);
                });
            }
            killedAt++;
        }
        assertThat(killedAt).as("statements at which one could die").isGreaterThan(20);
    }

    private interface Check {
        void at(int turn, Map<String, Long> told) throws SQLException;
    }

    /** Returns whether the first controller died. */
    private static boolean run(TestFleet fleet, String id, long killedAt, Check check) throws SQLException {
        var statements = new AtomicLong(killedAt);
        RolloutController first = fleet.controller(statements);
        boolean died = false;
        try (RolloutController second = fleet.controller()) {
            for (int turn = 0; turn < TURNS; turn++) {
                long nanos = turn * 100L * SECOND_NANOS;
                if (died) {
                    first.work(nanos);
                } else {
                    try {
                        first.work(nanos);
                    } catch (KillableConnection.Killed e) {
                        died = true;
                        first = fleet.controller();
                    }
                }
                check.at(turn, new TreeMap<>(fleet.told()));
                if (turn % 2 == 1) {
                    second.work(nanos);
                    check.at(turn, new TreeMap<>(fleet.told()));
                }
                fleet.devicesAct();
                fleet.now.addAndGet(1_000);
                if (!fleet.load(id).state().isLive() && turn % 2 == 1) {
                    break;
                }
            }
        }
        first.close();
        return died;
    }
}
