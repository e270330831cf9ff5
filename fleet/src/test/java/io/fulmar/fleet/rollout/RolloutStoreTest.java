package io.fulmar.fleet.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several rollouts at a time, and devices that come later. */
class RolloutStoreTest {
    private static final String WAVES = "{`devices`:2},{`percent`:100}";
    private static final int AT_ONCE = 8;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private long nanos;

    private TestFleet fleet(TestDatabase kind) {
        kind.in(dir);
        return new TestFleet(dir, Database.in(dir));
    }

    /** The controller looks, the devices act, and time passes. */
    private void turn(TestFleet fleet, RolloutController controller) throws Exception {
        nanos += 1_000_000_000_000L;
        controller.work(nanos);
        fleet.devicesAct();
        fleet.now.addAndGet(1_000);
    }

    private void until(TestFleet fleet, RolloutController controller, String id, RolloutState state) throws Exception {
        for (int i = 0; i < 50 && fleet.load(id).state() != state; i++) {
            turn(fleet, controller);
        }
        assertThat(fleet.load(id).state())
                .as("rollout %s: %s", id, fleet.load(id).reason())
                .isEqualTo(state);
    }

    private static long count(TestFleet fleet, String id, String state) throws Exception {
        return fleet.number(
                "SELECT count(*) FROM rollout_device WHERE rollout = '" + id + "' AND state = '" + state + "'");
    }

    @ParameterizedTest
    @EnumSource
    void aNewerOneOfTheSameModelEndsThoseThatHaveOneOfItsDevicesAndNoOthers(TestDatabase kind) throws Exception {
        try (TestFleet fleet = fleet(kind);
                RolloutController controller = fleet.controller()) {
            List<String> devices = fleet.devices(9);
            String older =
                    fleet.create(Plans.of("{`devices`:1,`approval`:true},{`percent`:100}", ""), devices.subList(0, 4));
            String elsewhere = fleet.create(Plans.of(WAVES, ""), devices.subList(6, 9));
            Plan config = Plans.read(
                    "{`name`:`lighter`,`config`:{`toml`:`x = 1`},`target`:`all`,`waves`:[{`devices`:1,`approval`:true},{`percent`:100}]}");
            String other = fleet.create(config, devices.subList(0, 4));
            until(fleet, controller, older, RolloutState.AWAITING_APPROVAL);

            String newer = fleet.create(Plans.of(WAVES, ""), devices.subList(3, 6));
            assertThat(fleet.load(older).state()).isEqualTo(RolloutState.SUPERSEDED);
            assertThat(fleet.load(older).reason()).isEqualTo("by rollout " + newer);
            assertThat(count(fleet, older, "skipped")).isEqualTo(3);
            assertThat(fleet.load(other).state().isLive()).isTrue();
            assertThat(fleet.ask(older, new Action.Resume(false))).isInstanceOf(Answer.Refused.class);
            until(fleet, controller, newer, RolloutState.DONE);
            until(fleet, controller, elsewhere, RolloutState.DONE);
            assertThat(fleet.told().keySet())
                    .containsExactlyInAnyOrder(
                            devices.get(0),
                            devices.get(3),
                            devices.get(4),
                            devices.get(5),
                            devices.get(6),
                            devices.get(7),
                            devices.get(8));
            assertThat(fleet.load(older).state()).isEqualTo(RolloutState.SUPERSEDED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoFitsLaterJoinsTheLastWaveWhereThePlanFollowsUnlessAnotherRolloutHasIt(TestDatabase kind) throws Exception {
        try (TestFleet fleet = fleet(kind);
                RolloutController controller = fleet.controller()) {
            List<String> early = fleet.devices("early", 3);
            String follows =
                    fleet.create(Plans.of("{`devices`:1,`approval`:true},{`percent`:100}", ",`follow`:true"), early);
            String fixed = fleet.create(
                    Plans.read("{`name`:`lighter`,`config`:{`toml`:`x = 1`},`target`:`all`,`waves`:[{`percent`:100}]}"),
                    early.subList(0, 1));
            until(fleet, controller, follows, RolloutState.AWAITING_APPROVAL);

            List<String> late = fleet.devices("late", 2);
            fleet.ask(follows, new Action.Approve());
            for (int i = 0; i < 10; i++) {
                turn(fleet, controller);
            }
            assertThat(fleet.told().keySet()).containsAll(early).containsAll(late);
            assertThat(fleet.number(
                            "SELECT count(*) FROM rollout_device WHERE wave = 1 AND rollout = '" + follows + "'"))
                    .isEqualTo(4);
            assertThat(fleet.number("SELECT count(*) FROM rollout_device WHERE rollout = '" + fixed + "'"))
                    .isEqualTo(1);
            assertThat(fleet.load(follows).state()).as("it waits for more").isEqualTo(RolloutState.RUNNING);

            List<String> later = fleet.devices("later", 1);
            fleet.create(Plans.of("{`percent`:100}", ""), later);
            for (int i = 0; i < 10; i++) {
                turn(fleet, controller);
            }
            assertThat(fleet.number("SELECT count(*) FROM rollout_device WHERE device = '" + later.getFirst() + "'"))
                    .as("one rollout has it, not two")
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void ofThoseThatAreMadeAtTheSameTimeOneStays(TestDatabase kind) throws Exception {
        try (TestFleet fleet = fleet(kind);
                var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            List<String> devices = fleet.devices(AT_ONCE + 1);
            var together = new CyclicBarrier(AT_ONCE);
            List<Future<String>> made = new ArrayList<>();
            for (String device : devices.subList(0, AT_ONCE)) {
                made.add(threads.submit(() -> {
                    try (Session session = fleet.database.openWriter();
                            RolloutStore store = fleet.store(session)) {
                        together.await();
                        return new RolloutMaker(session, store)
                                .create(Plans.of("{`percent`:100}", ""), List.of(device, devices.getLast()), "anna", 1);
                    }
                }));
            }
            List<String> ids = new ArrayList<>();
            for (Future<String> each : made) {
                ids.add(each.get());
            }
            assertThat(ids).doesNotHaveDuplicates();
            assertThat(fleet.number("SELECT count(*) FROM rollout")).isEqualTo(AT_ONCE);
            assertThat(fleet.number("SELECT count(*) FROM rollout WHERE state = 'superseded'"))
                    .as("all but the newest, as they have a device in common")
                    .isEqualTo(AT_ONCE - 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReleaseThatIsWithdrawnHaltsItAndNobodyNewIsTold(TestDatabase kind) throws Exception {
        try (TestFleet fleet = fleet(kind);
                RolloutController controller = fleet.controller()) {
            List<String> devices = fleet.devices(6);
            String id = fleet.create(Plans.of("{`devices`:2,`approval`:true},{`percent`:100}", ""), devices);
            until(fleet, controller, id, RolloutState.AWAITING_APPROVAL);
            assertThat(fleet.told()).hasSize(2);

            fleet.withdrawn.set("bearing 1.3.0 (release 4) was withdrawn by anna: wrong labels");
            until(fleet, controller, id, RolloutState.HALTED);
            assertThat(fleet.load(id).reason()).isEqualTo(fleet.withdrawn.get());
            for (int i = 0; i < 3; i++) {
                assertThat(fleet.ask(id, new Action.Resume(true))).isInstanceOf(Decision.class);
                until(fleet, controller, id, RolloutState.HALTED);
            }
            assertThat(fleet.told())
                    .as("who had it keeps it, and nobody else gets it")
                    .hasSize(2);
            assertThat(count(fleet, id, "failed")).isZero();

            fleet.withdrawn.set(null);
            assertThat(fleet.ask(id, new Action.Resume(true))).isInstanceOf(Decision.class);
            until(fleet, controller, id, RolloutState.AWAITING_APPROVAL);
            assertThat(fleet.ask(id, new Action.Approve())).isInstanceOf(Decision.class);
            until(fleet, controller, id, RolloutState.DONE);
            assertThat(fleet.told()).hasSize(6);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsDoneThatWasDecidedBeforeTheReleaseWasWithdrawn(TestDatabase kind) throws Exception {
        try (TestFleet fleet = fleet(kind);
                RolloutStore store = fleet.store(fleet.session())) {
            List<String> devices = fleet.devices(2);
            String id = fleet.create(Plans.of("{`percent`:100}", ""), devices);
            Rollout rollout = fleet.load(id);
            var decided = new Decision(
                    RolloutState.RUNNING,
                    0,
                    1,
                    0,
                    -1,
                    null,
                    List.of(new Step.Tell(devices.getFirst(), false)),
                    false,
                    List.of(),
                    false);
            fleet.withdrawn.set("withdrawn");
            assertThat(store.apply(rollout, decided, "fleet", 1)).isFalse();
            assertThat(fleet.load(id).revision()).isEqualTo(rollout.revision());
            assertThat(fleet.told()).isEmpty();
            fleet.withdrawn.set(null);
            assertThat(store.apply(rollout, decided, "fleet", 1)).isTrue();
            assertThat(fleet.told()).containsOnlyKeys(devices.getFirst());
        }
    }
}
