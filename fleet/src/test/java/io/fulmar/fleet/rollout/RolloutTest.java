package io.fulmar.fleet.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.rollout.Facts.Progress;
import io.fulmar.sync.wire.Reported;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RolloutTest {
    private static final String THREE_WAVES = """
            {`devices`:2,`soak`:`10m`,`deadline`:`1h`},
            {`percent`:50,`success`:80,`errors`:{`percent`:30,`minimum`:3},`deadline`:`1h`,`approval`:true},
            {`percent`:100,`success`:80,`errors`:{`count`:3},`deadline`:`1h`}""";
    private static final long MINUTE = 60_000;

    @Test
    void whatASomebodyMayAskForInWhichStateIsThisTableAndNothingElse() {
        Map<String, String> expected = new TreeMap<>();
        expected.put("running", "abort→aborted pause→paused rollback→rolling-back supersede→superseded");
        expected.put("paused", "abort→aborted resume→running rollback→rolling-back supersede→superseded");
        expected.put(
                "awaiting-approval",
                "abort→aborted approve→running pause→paused rollback→rolling-back supersede→superseded");
        expected.put("halted", "abort→aborted resume→running rollback→rolling-back supersede→superseded");
        expected.put("aborted", "rollback→rolling-back");
        expected.put("rolling-back", "abort→aborted supersede→superseded");
        expected.put("rolled-back", "");
        expected.put("done", "rollback→rolling-back");
        expected.put("superseded", "");
        Map<String, Action> actions = Map.of(
                "pause", new Action.Pause(),
                "resume", new Action.Resume(false),
                "approve", new Action.Approve(),
                "abort", new Action.Abort(),
                "rollback", new Action.RollBack(),
                "supersede", new Action.Supersede("r2"));
        Map<String, String> actual = new TreeMap<>();
        for (RolloutState state : RolloutState.values()) {
            Set<String> ways = new TreeSet<>();
            actions.forEach((name, action) -> {
                if (in(state).ask(action, 5) instanceof Decision decision) {
                    ways.add(name + "→" + decision.state().text());
                }
            });
            actual.put(state.text(), String.join(" ", ways));
        }
        assertThat(actual).isEqualTo(expected);
    }

    private static Rollout in(RolloutState state) {
        Rollout rollout = new World(Plans.of(THREE_WAVES, ""), 10).rollout;
        return new Rollout("r1", rollout.plan(), state, 0, 1, 1, 0, -1, null, 1, rollout.members());
    }

    @Test
    void wavesGoOneAfterTheOtherWithTheirSoakAndTheirApproval() {
        var world = new World(Plans.of(THREE_WAVES, ""), 10);
        world.settle();
        assertThat(world.tells).extracting(Step.Tell::device).containsExactly("d0", "d1");
        world.become(0, Progress.ACTIVE, null);
        world.become(1, Progress.ACTIVE, null);
        world.settle();
        world.after(9 * MINUTE);
        world.settle();
        assertThat(world.rollout.wave()).isZero();
        world.after(MINUTE);
        world.settle();
        assertThat(world.rollout.wave()).isEqualTo(1);
        assertThat(world.tells).hasSize(5);
        for (int i = 2; i < 5; i++) {
            world.become(i, Progress.ACTIVE, null);
        }
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.AWAITING_APPROVAL);
        world.after(60 * MINUTE);
        world.settle();
        assertThat(world.tells).hasSize(5);
        assertThat(world.ask(new Action.Approve())).isInstanceOf(Decision.class);
        world.settle();
        assertThat(world.tells).hasSize(10);
        for (int i = 5; i < 10; i++) {
            world.become(i, Progress.ACTIVE, null);
        }
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.DONE);
        assertThat(world.count(MemberState.ACTIVE)).isEqualTo(10);
    }

    @Test
    void tooManyFailuresHaltItWithinTheSameEvaluationAndNothingButAPersonGoesOn() {
        var world = new World(Plans.of(THREE_WAVES, ""), 10);
        world.settle();
        world.become(0, Progress.ACTIVE, null);
        world.become(1, Progress.FAILED, "golden-mismatch: one");
        Decision decision = world.step();
        assertThat(decision.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.rollout.reason())
                .isEqualTo("wave 1: 1 of 2 devices failed, so 100 of 100 cannot succeed any more");
        for (int i = 0; i < 100; i++) {
            world.after(24 * 60 * MINUTE);
            world.step();
        }
        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.tells).hasSize(2);
    }

    @Test
    void afterAHaltWhoFailedIsToldAgainOrLeftOut() {
        var world = new World(Plans.of(THREE_WAVES, ""), 10);
        world.settle();
        world.become(0, Progress.ACTIVE, null);
        world.become(1, Progress.FAILED, "stalled");
        world.settle();
        world.ask(new Action.Resume(false));
        world.settle();
        assertThat(world.state(1)).isEqualTo(MemberState.ASSIGNED);
        assertThat(world.tells).hasSize(3);
        world.become(1, Progress.FAILED, "stalled");
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        world.ask(new Action.Resume(true));
        world.settle();
        assertThat(world.state(1)).isEqualTo(MemberState.SKIPPED);
        world.after(10 * MINUTE);
        world.settle();
        assertThat(world.rollout.wave()).isEqualTo(1);
    }

    @Test
    void aShareOfFailuresIsLookedAtOnlyWhenEnoughDevicesHaveEnded() {
        String waves = "{`percent`:100,`success`:10,`errors`:{`percent`:30,`minimum`:10}}";
        var world = new World(Plans.of(waves, ""), 100);
        world.settle();
        for (int i = 0; i < 3; i++) {
            world.become(i, Progress.FAILED, "errors");
        }
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        for (int i = 3; i < 10; i++) {
            world.become(i, Progress.ACTIVE, null);
        }
        world.step();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.rollout.reason()).isEqualTo("wave 1: 3 of 10 devices failed, and 30 of 100 stop it");
    }

    @Test
    void whoIsAwayIsNotToldAndDoesNotHoldUpTheOthersAfterTheDeadlineAndGetsItWhenBack() {
        var world = new World(Plans.of("{`devices`:2,`deadline`:`1h`},{`percent`:100,`deadline`:`1h`}", ""), 4);
        world.device(1).online = false;
        world.settle();
        assertThat(world.tells).extracting(Step.Tell::device).containsExactly("d0");
        world.become(0, Progress.ACTIVE, null);
        world.after(59 * MINUTE);
        world.settle();
        assertThat(world.rollout.wave()).isZero();
        world.after(MINUTE);
        world.settle();
        assertThat(world.rollout.wave()).isEqualTo(1);
        world.become(2, Progress.ACTIVE, null);
        world.become(3, Progress.ACTIVE, null);
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        world.device(1).online = true;
        world.settle();
        assertThat(world.tells).extracting(Step.Tell::device).containsExactly("d0", "d2", "d3", "d1");
        world.become(1, Progress.ACTIVE, null);
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.DONE);
    }

    @Test
    void itIsNotWaitedLongerForThoseAwayThanThePlanLives() {
        var world = new World(Plans.of("{`percent`:100,`deadline`:`1h`}", ",`lifetime`:`7d`"), 3);
        world.device(2).online = false;
        world.settle();
        world.become(0, Progress.ACTIVE, null);
        world.become(1, Progress.ACTIVE, null);
        world.after(60 * MINUTE);
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        world.after(7 * 24 * 60 * MINUTE);
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.DONE);
        assertThat(world.state(2)).isEqualTo(MemberState.SKIPPED);
    }

    @Test
    void aWaveWhoseDevicesAreMostlyAwayProvesNothingAndHalts() {
        var world = new World(Plans.of("{`devices`:4,`deadline`:`1h`},{`percent`:100}", ""), 8);
        for (int i = 0; i < 3; i++) {
            world.device(i).online = false;
        }
        world.settle();
        world.become(3, Progress.ACTIVE, null);
        world.after(60 * MINUTE);
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.rollout.reason()).isEqualTo("wave 1: 3 of 4 devices are away, and at most 50 of 100 may be");
    }

    @Test
    void silenceIsFailureAtTheDeadlineOfWhoIsThereOrHadBegun() {
        var world = new World(Plans.of("{`percent`:100,`success`:30,`deadline`:`1h`}", ""), 4);
        world.settle();
        world.become(0, Progress.ACTIVE, null);
        world.become(1, Progress.ON_THE_WAY, null);
        world.device(1).online = false; // had begun, then gone
        world.device(2).online = false; // was told, but never saw it
        world.after(60 * MINUTE);
        world.settle();
        assertThat(world.state(1)).isEqualTo(MemberState.TIMED_OUT);
        assertThat(world.state(2)).isEqualTo(MemberState.PENDING);
        assertThat(world.state(3)).isEqualTo(MemberState.TIMED_OUT);
        world.become(3, Progress.ACTIVE, null);
        world.settle();
        assertThat(world.state(3)).isEqualTo(MemberState.ACTIVE);
        assertThat(world.member(3).reason()).isEqualTo("late");
    }

    @Test
    void aHaltSparesWhoWasToldAndHasNotSeenIt() {
        var world = new World(Plans.of("{`percent`:100,`success`:50,`errors`:{`count`:1}}", ""), 3);
        world.settle();
        world.become(0, Progress.FAILED, "crashed: 3 times");
        world.become(1, Progress.ON_THE_WAY, null);
        Decision decision = world.step();
        assertThat(decision.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.state(1)).isEqualTo(MemberState.ASSIGNED);
        assertThat(world.state(2)).isEqualTo(MemberState.PENDING);
        assertThat(decision.steps())
                .contains(new Step.TakeBack("d2", MemberState.PENDING, "it was stopped before it had seen it"));
    }

    @Test
    void outsideOfItsWindowNobodyIsToldAndNoWaveIsOpenedButFailuresStillHalt() {
        // START is a Tuesday, 22:13 UTC
        var world = new World(
                Plans.of(
                        "{`devices`:1,`success`:50},{`percent`:100,`success`:50}",
                        ",`window`:{`from`:`22:00`,`to`:`02:00`,`zone`:`UTC`,`days`:[`tue`,`fri`]}"),
                3);
        world.settle();
        assertThat(world.tells).hasSize(1);
        world.after(4 * 60 * MINUTE);
        world.become(0, Progress.ACTIVE, null);
        world.settle();
        assertThat(world.rollout.wave()).isZero();
        world.after(20 * 60 * MINUTE); // Wednesday evening is not one of its days
        world.settle();
        assertThat(world.rollout.wave()).isZero();
        world.after(48 * 60 * MINUTE); // Friday
        world.settle();
        assertThat(world.tells).hasSize(3);
        world.after(12 * 60 * MINUTE);
        world.become(1, Progress.FAILED, "errors");
        world.become(2, Progress.FAILED, "errors");
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
    }

    @Test
    void aGateHaltsAReleaseThatInstallsWellAndBehavesBadly() {
        var world = new World(
                Plans.of(
                        "{`devices`:2},{`percent`:100}",
                        ",`gates`:{`labelShift`:0.2,`p95Millis`:5,`minimumPredictions`:100}"),
                6);
        world.settle();
        for (int i = 0; i < 2; i++) {
            world.become(i, Progress.ACTIVE, null);
            world.device(i).numbers = new Reported.Numbers(20, 0, 1_000, 1_000);
        }
        world.shares.put(0, new Facts.Shares(90, 3.0, null));
        world.settle();
        assertThat(world.rollout.state()).as("too few to judge").isEqualTo(RolloutState.RUNNING);
        assertThat(world.rollout.wave()).isZero();
        world.shares.put(0, new Facts.Shares(100, 0.75, null));
        Decision decision = world.step();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.rollout.reason()).isEqualTo("wave 1: gate labelShift: 0.75, and 0.2 is the most");
        assertThat(decision.gates()).contains(new GateValue(0, "p95Millis", 1.0, 5, false, true));
        assertThat(world.tells).hasSize(2);
    }

    @Test
    void aGateThatIsMetLetsTheNextWaveBegin() {
        var world = new World(Plans.of("{`devices`:2},{`percent`:100}", ",`gates`:{`p95Ratio`:1.5,`crashes`:0}"), 6);
        world.settle();
        for (int i = 0; i < 2; i++) {
            world.become(i, Progress.ACTIVE, null);
            world.device(i).numbers = new Reported.Numbers(20, 0, 1_400, 1_000, -1, -1, 1_000, -1);
        }
        world.settle();
        assertThat(world.tells).hasSize(6);
    }

    @Test
    void aGateOfWhichNothingComesInTimeHalts() {
        var world = new World(
                Plans.of(
                        "{`devices`:2,`soak`:`5m`,`deadline`:`1h`},{`percent`:100}",
                        ",`gates`:{`confidenceShift`:0.2,`minimumPredictions`:10}"),
                6);
        world.settle();
        world.become(0, Progress.ACTIVE, null);
        world.become(1, Progress.ACTIVE, null);
        world.settle();
        world.after(64 * MINUTE);
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.RUNNING);
        world.after(MINUTE);
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.HALTED);
        assertThat(world.rollout.reason())
                .isEqualTo("wave 1: gate confidenceShift: not enough came in time to judge by it");
    }

    @Test
    void aReleaseRunsBesideTheActiveOneFirstAndReplacesItOnlyWhereItSaysTheSame() {
        var world = new World(Plans.of("{`percent`:100,`success`:50}", ",`shadow`:`30m`,`gates`:{`agreement`:0.9}"), 2);
        world.settle();
        assertThat(world.tells).containsExactly(new Step.Tell("d0", true), new Step.Tell("d1", true));
        world.become(0, Progress.WATCHED, null);
        world.device(0).numbers = new Reported.Numbers(100, 0, 10, 10, -1, 0.95, 10, 10);
        world.become(1, Progress.WATCHED, null);
        world.device(1).numbers = new Reported.Numbers(100, 0, 10, 10, -1, 0.85, 10, 10);
        world.settle();
        assertThat(world.tells).hasSize(3).last().isEqualTo(new Step.Tell("d0", false));
        assertThat(world.member(1).reason())
                .isEqualTo("agreement: it says the same as the active release on 85.0 of 100 inputs, and must on 90.0");
        world.become(0, Progress.ACTIVE, null);
        world.device(0).numbers = new Reported.Numbers(100, 0, 10, 10);
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.DONE);
    }

    @Test
    void rollingBackTellsEverybodyWhoWasToldAndNobodyElse() {
        var world = new World(Plans.of(THREE_WAVES, ""), 10);
        world.settle();
        world.become(0, Progress.ACTIVE, null);
        world.become(1, Progress.FAILED, "errors");
        world.settle();
        world.ask(new Action.RollBack());
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLING_BACK);
        assertThat(world.count(MemberState.RETURNED)).isEqualTo(2);
        assertThat(world.count(MemberState.SKIPPED)).isEqualTo(8);
        world.device(0).seen = world.device(0).version;
        world.device(1).online = false;
        world.settle();
        assertThat(world.rollout.state()).isEqualTo(RolloutState.ROLLED_BACK);
        assertThat(world.tells).hasSize(2);
    }

    @Test
    void whoWasToldSomethingElseByHandIsLeftAlone() {
        var world = new World(Plans.of("{`percent`:100}", ""), 2);
        world.settle();
        world.device(0).elsewhere = true;
        world.become(1, Progress.ACTIVE, null);
        world.settle();
        assertThat(world.state(0)).isEqualTo(MemberState.SKIPPED);
        assertThat(world.rollout.state()).isEqualTo(RolloutState.DONE);
    }

    @Test
    void aLargeWaveIsToldInParts() {
        var world = new World(Plans.of("{`percent`:100,`success`:1}", ""), 1_000);
        List<Integer> parts = new ArrayList<>();
        while (world.tells.size() < 1_000) {
            parts.add(world.step().steps().size());
        }
        assertThat(parts).containsExactly(200, 200, 200, 200, 200);
    }
}
