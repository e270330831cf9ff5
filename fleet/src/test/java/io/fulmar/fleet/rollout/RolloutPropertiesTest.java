package io.fulmar.fleet.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.rollout.Facts.Progress;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Rollouts with random plans, devices and people; what must hold of each does. A seed is printed where it does not. */
class RolloutPropertiesTest {
    private static final int SEEDS = 3_000;
    private static final long MINUTE = 60_000;

    @Test
    void nobodyIsToldWhileItDoesNotRunNorBeforeItsWaveIsOpenNorOutsideOfTheWindow() {
        int halted = 0;
        int done = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            var random = new SplittableRandom(seed);
            World world = world(random);
            double health = random.nextBoolean() ? 1 : random.nextDouble();
            for (int i = 0; i < 120; i++) {
                step(world, random, health, "seed " + seed);
            }
            halted += world.rollout.state() == RolloutState.HALTED ? 1 : 0;
            done += world.rollout.state() == RolloutState.DONE ? 1 : 0;
        }
        assertThat(halted)
                .as("rollouts that halted, so that the test means something")
                .isGreaterThan(100);
        assertThat(done).as("rollouts that ended well").isGreaterThan(50);
    }

    private static World world(SplittableRandom random) {
        String first =
                random.nextBoolean() ? "`devices`:" + (1 + random.nextInt(4)) : "`percent`:" + random.nextInt(1, 30);
        String rest = ",`success`:" + random.nextInt(50, 101) + ",`deadline`:`" + random.nextInt(1, 60) + "m`,`soak`:`"
                + random.nextInt(0, 10) + "m`,`approval`:" + (random.nextInt(4) == 0);
        String errors = random.nextBoolean()
                ? ",`errors`:{`count`:" + random.nextInt(1, 5) + "}"
                : ",`errors`:{`percent`:" + random.nextInt(5, 60) + ",`minimum`:" + random.nextInt(1, 5) + "}";
        String more = (random.nextInt(4) == 0 ? ",`shadow`:`5m`" : "")
                + (random.nextInt(4) == 0 ? ",`window`:{`from`:`22:00`,`to`:`06:00`,`zone`:`UTC`}" : "")
                + (random.nextInt(4) == 0 ? ",`gates`:{`crashes`:1}" : "");
        return new World(
                Plans.of(
                        "{" + first + rest + errors + "},{`percent`:40" + rest + "},{`percent`:100" + rest + errors
                                + "}",
                        more),
                random.nextInt(1, 40));
    }

    private static void step(World world, SplittableRandom random, double health, String seed) {
        world.after(random.nextInt(1, 20) * MINUTE);
        live(world, random, health);
        Rollout before = world.rollout;
        Decision decision;
        if (random.nextInt(25) == 0) {
            Answer answer = world.ask(action(random));
            if (!(answer instanceof Decision made)) {
                return;
            }
            decision = made;
            assertThat(decision.steps()).as(seed).noneMatch(step -> step instanceof Step.Tell);
            return;
        }
        decision = world.step();
        List<Step.Tell> tells = decision.steps().stream()
                .filter(Step.Tell.class::isInstance)
                .map(Step.Tell.class::cast)
                .toList();
        if (!tells.isEmpty()) {
            assertThat(before.state()).as(seed).isEqualTo(RolloutState.RUNNING);
            assertThat(decision.state()).as(seed).isEqualTo(RolloutState.RUNNING);
            assertThat(before.plan().isOpen(world.now)).as(seed).isTrue();
        }
        for (Step.Tell tell : tells) {
            Member member = before.members().stream()
                    .filter(it -> it.device().equals(tell.device()))
                    .findFirst()
                    .orElseThrow();
            assertThat(member.wave()).as(seed).isLessThanOrEqualTo(decision.wave());
            assertThat(member.state() == MemberState.PENDING || (member.shadow() && !tell.shadow()))
                    .as(seed)
                    .isTrue();
        }
        assertThat(decision.wave() - before.wave()).as(seed).isBetween(0, 2);
        if (decision.wave() > before.wave()) {
            assertThat(before.state()).as(seed).isEqualTo(RolloutState.RUNNING);
        }
        switch (before.state()) {
            case HALTED -> assertThat(decision.state()).as(seed).isEqualTo(RolloutState.HALTED);
            case ABORTED, ROLLED_BACK, DONE, SUPERSEDED ->
                assertThat(before.changes(decision)).as(seed).isFalse();
            case PAUSED -> assertThat(decision.state()).as(seed).isIn(RolloutState.PAUSED, RolloutState.HALTED);
            case AWAITING_APPROVAL ->
                assertThat(decision.state()).as(seed).isIn(RolloutState.AWAITING_APPROVAL, RolloutState.HALTED);
            case ROLLING_BACK ->
                assertThat(decision.state()).as(seed).isIn(RolloutState.ROLLING_BACK, RolloutState.ROLLED_BACK);
            case RUNNING ->
                assertThat(decision.state())
                        .as(seed)
                        .isIn(
                                RolloutState.RUNNING,
                                RolloutState.HALTED,
                                RolloutState.AWAITING_APPROVAL,
                                RolloutState.DONE);
        }
        requireFailuresStop(world, before, seed);
        if (world.rollout.state() == RolloutState.ROLLED_BACK) {
            assertThat(world.rollout.members()).as(seed).noneMatch(Member::isTouched);
        }
        assertThat(world.rollout.members()).as(seed).hasSameSizeAs(before.members());
    }

    /** Past what the plan allows it never runs on, counted here in another way. */
    private static void requireFailuresStop(World world, Rollout before, String seed) {
        if (before.state() != RolloutState.RUNNING) {
            return;
        }
        for (int wave = world.rollout.accepted() + 1; wave <= before.wave(); wave++) {
            int of = wave;
            long failed = world.rollout.members().stream()
                    .filter(it -> it.wave() == of)
                    .filter(it -> it.state() == MemberState.FAILED || it.state() == MemberState.TIMED_OUT)
                    .count();
            int most = before.plan().waves().get(wave).errors().count();
            if (most > 0 && failed >= most) {
                assertThat(world.rollout.state()).as(seed).isEqualTo(RolloutState.HALTED);
            }
        }
    }

    private static Action action(SplittableRandom random) {
        return switch (random.nextInt(12)) {
            case 0 -> new Action.Abort();
            case 1 -> new Action.RollBack();
            case 2 -> new Action.Supersede("r2");
            case 3, 4 -> new Action.Pause();
            case 5, 6, 7 -> new Action.Approve();
            case 8 -> new Action.Resume(true);
            default -> new Action.Resume(false);
        };
    }

    private static void live(World world, SplittableRandom random, double health) {
        world.devices.values().forEach(device -> {
            if (random.nextInt(10) == 0) {
                device.online = !device.online;
            }
            if (random.nextInt(200) == 0) {
                device.elsewhere = true;
            }
            if (device.online && random.nextBoolean()) {
                if (device.seen < device.version) {
                    device.seen = device.version;
                    device.progress = Progress.ON_THE_WAY;
                } else if (device.progress == Progress.ON_THE_WAY) {
                    boolean well = random.nextDouble() < health;
                    device.progress = !well ? Progress.FAILED : device.shadow ? Progress.WATCHED : Progress.ACTIVE;
                    device.reason = well ? null : random.nextBoolean() ? "crashed: it did" : "errors: many";
                }
            }
        });
    }

    @Test
    void whereAllIsWellItEndsWithEveryDeviceActive() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new SplittableRandom(seed);
            World world = world(random);
            for (int i = 0; i < 2_000 && world.rollout.state() != RolloutState.DONE; i++) {
                world.after(MINUTE);
                world.devices.values().forEach(device -> {
                    if (device.seen < device.version) {
                        device.seen = device.version;
                        device.progress = device.shadow ? Progress.WATCHED : Progress.ACTIVE;
                    }
                });
                world.step();
                if (world.rollout.state() == RolloutState.AWAITING_APPROVAL) {
                    world.ask(new Action.Approve());
                }
            }
            assertThat(world.rollout.state()).as("seed %d", seed).isEqualTo(RolloutState.DONE);
            assertThat(world.count(MemberState.ACTIVE)).as("seed %d", seed).isEqualTo(world.devices.size());
        }
    }
}
