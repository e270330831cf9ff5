package io.fulmar.fleet.rollout;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.rollout.Facts.Progress;
import io.fulmar.fleet.rollout.Plan.Wave;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One look at a rollout: first what became of each device, then whether that is too bad, and only then who is told next.
 * Owned by who made it.
 */
final class Evaluation {
    private final Rollout rollout;
    private final Plan plan;
    private final Facts facts;
    private final long now;
    private final boolean open;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final List<Member> watched = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<GateValue> gates = new ArrayList<>();
    private RolloutState state;
    private int wave;
    private long openedMillis;
    private long goodSinceMillis;
    private @Nullable String reason;
    private int told;
    private boolean tells;
    private boolean endsPending;
    private boolean more;

    Evaluation(Rollout rollout, Facts facts, long nowMillis) {
        this.rollout = rollout;
        this.plan = rollout.plan();
        this.facts = facts;
        this.now = nowMillis;
        this.open = plan.isOpen(nowMillis);
        this.state = rollout.state();
        this.wave = rollout.wave();
        this.openedMillis = rollout.waveOpenedMillis();
        this.goodSinceMillis = rollout.goodSinceMillis();
        this.reason = rollout.reason();
        rollout.members().forEach(member -> members.put(member.device(), member));
    }

    Decision live() {
        for (Member member : rollout.members()) {
            observe(member, facts.of(member.device()));
        }
        if (facts.withdrawn() != null) {
            halt(facts.withdrawn());
        }
        if (state != RolloutState.HALTED) {
            judge();
        }
        if (state == RolloutState.RUNNING && open) {
            tell();
            if (!tells) {
                advance();
            }
        }
        if (state == RolloutState.HALTED) {
            takeBackUnseen();
        }
        return decision();
    }

    private Decision decision() {
        return new Decision(
                state,
                wave,
                openedMillis,
                goodSinceMillis,
                rollout.accepted(),
                reason,
                steps,
                endsPending,
                gates,
                more);
    }

    // --- what became of each device

    private void observe(Member member, Facts.Device fact) {
        switch (member.state()) {
            case ASSIGNED -> observeAssigned(member, fact);
            case ACTIVE -> {
                if (fact.progress() == Progress.FAILED && !fact.elsewhere()) {
                    settle(member, MemberState.FAILED, fact.reason());
                }
            }
            case TIMED_OUT -> {
                if (fact.progress() == Progress.ACTIVE && !member.shadow()) {
                    settle(member, MemberState.ACTIVE, "late");
                } else if (fact.progress() == Progress.FAILED) {
                    settle(member, MemberState.FAILED, fact.reason());
                }
            }
            case PENDING, FAILED, RETURNED, SKIPPED -> {
                // nothing comes from it any more, or not yet
            }
        }
    }

    private void observeAssigned(Member member, Facts.Device fact) {
        if (fact.elsewhere()) {
            settle(member, MemberState.SKIPPED, "somebody has told it something else since");
        } else if (fact.progress() == Progress.FAILED) {
            settle(member, MemberState.FAILED, fact.reason());
        } else if (fact.progress() == Progress.ACTIVE) {
            settle(member, MemberState.ACTIVE, null);
        } else if (fact.progress() == Progress.WATCHED && member.shadow()) {
            observeWatched(member, fact);
        } else {
            observeSilent(member, fact);
        }
    }

    /** It has run beside the active release; whether it said the same is judged for each device by itself. */
    private void observeWatched(Member member, Facts.Device fact) {
        Double least = plan.gates().agreement();
        double agreement = fact.numbers() == null ? -1 : fact.numbers().agreement();
        if (least != null && agreement < least) {
            String said = agreement < 0
                    ? "it was not measured how often it says the same as the active release"
                    : String.format(
                            Locale.ROOT,
                            "it says the same as the active release on %.1f of 100 inputs, and must on %.1f",
                            agreement * 100,
                            least * 100);
            settle(member, MemberState.FAILED, "agreement: " + said);
        } else {
            watched.add(member);
        }
    }

    private void observeSilent(Member member, Facts.Device fact) {
        long deadline = plan.waves().get(member.wave()).deadline().toMillis()
                + (member.shadow() ? plan.shadow().toMillis() : 0);
        if (now - member.sinceMillis() < deadline) {
            return;
        }
        if (fact.online() || fact.seenVersion() >= member.version()) {
            settle(
                    member,
                    MemberState.TIMED_OUT,
                    "nothing settled within " + PlanJson.text(Duration.ofMillis(deadline)));
        } else {
            takeBack(member, MemberState.PENDING, "it was away, and had not seen it");
        }
    }

    private void settle(Member member, MemberState then, @Nullable String why) {
        steps.add(new Step.Settle(member.device(), then, why));
        members.put(member.device(), member.with(then, why, now));
    }

    private void takeBack(Member member, MemberState then, @Nullable String why) {
        if (told == Limits.ROLLOUT_BATCH) {
            more = true;
            return;
        }
        told++;
        steps.add(new Step.TakeBack(member.device(), then, why));
        members.put(member.device(), member.with(then, why, now));
    }

    // --- whether that is too bad

    private void judge() {
        for (int index = 0; index <= wave; index++) {
            if (index > rollout.accepted()) {
                judge(index);
            }
        }
    }

    private void judge(int index) {
        Wave asked = plan.waves().get(index);
        Tally tally = tally(index);
        int failed = tally.failed;
        int ended = tally.failed + tally.active;
        if (asked.errors().count() > 0 && failed >= asked.errors().count()) {
            halt(index, failed + " devices failed, and " + asked.errors().count() + " stop it");
        } else if (asked.errors().percent() > 0
                && failed > 0
                && ended >= asked.errors().minimum()
                && failed * 100.0 >= asked.errors().percent() * ended) {
            halt(
                    index,
                    String.format(
                            Locale.ROOT,
                            "%d of %d devices failed, and %s of 100 stop it",
                            failed,
                            ended,
                            number(asked.errors().percent())));
        } else if (failed > tally.all() - needed(asked, tally.all())) {
            halt(
                    index,
                    failed + " of " + tally.all() + " devices failed, so " + number(asked.success())
                            + " of 100 cannot succeed any more");
        }
        List<GateValue> values = new GateCheck(plan.gates(), members.values(), facts).values(index);
        gates.addAll(values);
        for (GateValue value : values) {
            if (value.isMissed()) {
                halt(
                        index,
                        String.format(
                                Locale.ROOT,
                                "gate %s: %s, and %s is the %s",
                                value.name(),
                                number(value.value() == null ? 0 : value.value()),
                                number(value.limit()),
                                value.atLeast() ? "least" : "most"));
            }
        }
    }

    private void halt(int index, String why) {
        halt("wave " + (index + 1) + ": " + why);
    }

    private void halt(String why) {
        if (state != RolloutState.HALTED) {
            state = RolloutState.HALTED;
            goodSinceMillis = 0;
            reason = why;
        }
    }

    private static int needed(Wave asked, int devices) {
        return (int) Math.ceil(asked.success() * devices / 100 - 1e-9);
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.3f", value);
        return text.replaceAll("\\.?0+$", "");
    }

    // --- who is told next

    private void tell() {
        if (wave < 0) {
            openNext();
        }
        for (Member member : watched) {
            tell(member, false);
        }
        for (Member member : List.copyOf(members.values())) {
            if (isDue(member)) {
                tell(member, !plan.shadow().isZero());
            }
        }
    }

    private boolean isDue(Member member) {
        return member.state() == MemberState.PENDING
                && member.wave() <= wave
                && facts.of(member.device()).online();
    }

    private void tell(Member member, boolean shadow) {
        if (told == Limits.ROLLOUT_BATCH) {
            more = true;
            return;
        }
        told++;
        tells = true;
        steps.add(new Step.Tell(member.device(), shadow));
        members.put(member.device(), member.with(MemberState.ASSIGNED, null, now));
    }

    private void openNext() {
        wave++;
        openedMillis = now;
        goodSinceMillis = 0;
        more = true;
    }

    private void advance() {
        Wave asked = plan.waves().get(wave);
        Tally tally = tally(wave);
        boolean reached = tally.all() == 0 || isReached(asked, tally);
        if (state != RolloutState.RUNNING) {
            return;
        }
        if (!reached) {
            goodSinceMillis = 0;
            return;
        }
        if (goodSinceMillis == 0) {
            goodSinceMillis = now;
        }
        boolean soaked = now - goodSinceMillis >= asked.soak().toMillis();
        boolean last = wave == plan.waves().size() - 1;
        if (!soaked || !areGatesMet(asked, tally)) {
            return;
        }
        if (last) {
            endIfNobodyIsLeft();
        } else if (asked.approval() && tally.all() > 0) {
            state = RolloutState.AWAITING_APPROVAL;
        } else {
            openNext();
        }
    }

    private boolean isReached(Wave asked, Tally tally) {
        if (wave <= rollout.accepted()) {
            return tally.assigned == 0 && !tally.due;
        }
        if (tally.active >= needed(asked, tally.all())) {
            return true;
        }
        boolean overdue = now - openedMillis >= asked.deadline().toMillis();
        if (!overdue || tally.assigned > 0 || tally.due) {
            return false;
        }
        int ended = tally.active + tally.failed;
        if (tally.pending > plan.offline() * tally.all() / 100 || ended == 0) {
            halt(
                    wave,
                    tally.pending + " of " + tally.all() + " devices are away, and at most " + number(plan.offline())
                            + " of 100 may be");
            return false;
        }
        if (tally.active < needed(asked, ended)) {
            halt(
                    wave,
                    tally.failed + " of " + ended + " devices failed, and " + number(asked.success())
                            + " of 100 must succeed");
            return false;
        }
        return true;
    }

    private boolean areGatesMet(Wave asked, Tally tally) {
        if (wave <= rollout.accepted() || tally.active == 0) {
            return true;
        }
        for (GateValue value : gates) {
            if (value.wave() == wave && value.isAsked() && !value.isMet()) {
                if (now - goodSinceMillis >= asked.soak().plus(asked.deadline()).toMillis()) {
                    halt(wave, "gate " + value.name() + ": not enough came in time to judge by it");
                }
                return false;
            }
        }
        return true;
    }

    private void endIfNobodyIsLeft() {
        boolean over = now - rollout.createdMillis() >= plan.lifetime().toMillis();
        boolean left = members.values().stream()
                .anyMatch(it -> it.state() == MemberState.PENDING || it.state() == MemberState.ASSIGNED);
        if (over || !(left || plan.follow())) {
            state = RolloutState.DONE;
            endsPending = true;
        }
    }

    /** Who was told before it stopped and has not even seen it is spared. */
    private void takeBackUnseen() {
        for (Member member : List.copyOf(members.values())) {
            if (member.state() == MemberState.ASSIGNED
                    && facts.of(member.device()).seenVersion() < member.version()) {
                takeBack(member, MemberState.PENDING, "it was stopped before it had seen it");
            }
        }
    }

    // --- back

    Decision rollingBack() {
        for (Member member : rollout.members()) {
            if (!member.isTouched()) {
                continue;
            }
            if (facts.of(member.device()).elsewhere()) {
                settle(member, MemberState.SKIPPED, "somebody has told it something else since");
            } else {
                takeBack(member, MemberState.RETURNED, null);
            }
        }
        boolean all = members.values().stream().noneMatch(Member::isTouched);
        boolean seen = rollout.members().stream()
                .filter(member -> member.state() == MemberState.RETURNED)
                .map(member -> Map.entry(member, facts.of(member.device())))
                .allMatch(it -> !it.getValue().online()
                        || it.getValue().seenVersion() >= it.getKey().version());
        long deadline = wave < 0 ? 0 : plan.waves().get(wave).deadline().toMillis();
        if (all && steps.isEmpty() && (seen || now - openedMillis >= deadline)) {
            state = RolloutState.ROLLED_BACK;
        }
        return decision();
    }

    private Tally tally(int index) {
        var tally = new Tally();
        for (Member member : members.values()) {
            if (member.wave() == index) {
                tally.add(member, isDue(member));
            }
        }
        return tally;
    }

    /** How many devices of a wave are how. */
    private static final class Tally {
        private int pending;
        private int assigned;
        private int active;
        private int failed;
        private boolean due;

        private void add(Member member, boolean isDue) {
            switch (member.state()) {
                case PENDING -> pending++;
                case ASSIGNED -> assigned++;
                case ACTIVE -> active++;
                case FAILED, TIMED_OUT -> failed++;
                case RETURNED, SKIPPED -> {
                    // takes no part
                }
            }
            due |= isDue;
        }

        private int all() {
            return pending + assigned + active + failed;
        }
    }
}
