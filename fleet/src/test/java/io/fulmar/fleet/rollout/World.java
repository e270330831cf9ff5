package io.fulmar.fleet.rollout;

import io.fulmar.fleet.rollout.Facts.Progress;
import io.fulmar.sync.wire.Reported;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A rollout and its devices in memory, on a clock of its own. Owned by one test. */
final class World {
    static final long START = 1_700_000_000_000L;

    final Map<String, Device> devices = new LinkedHashMap<>();
    final Map<Integer, Facts.Shares> shares = new LinkedHashMap<>();
    final List<Step.Tell> tells = new ArrayList<>();
    Rollout rollout;
    long now = START;

    /** Why nobody is to get the release any more. */
    @Nullable
    String withdrawn;

    /** How a device is. */
    static final class Device {
        boolean online = true;
        long version = 7;
        long seen = 7;
        Progress progress = Progress.NONE;

        @Nullable
        String reason;

        boolean elsewhere;
        Reported.@Nullable Numbers numbers;
        boolean shadow;
    }

    World(Plan plan, int count) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            devices.put("d" + i, new Device());
            int wave = 0;
            while (i >= plan.waves().get(wave).upTo(count)) {
                wave++;
            }
            members.add(Member.pending("d" + i, wave, now));
        }
        rollout = new Rollout("r1", plan, RolloutState.RUNNING, -1, now, 0, 0, -1, null, 1, members);
    }

    Device device(int number) {
        Device device = devices.get("d" + number);
        if (device == null) {
            throw new IllegalArgumentException("no device " + number);
        }
        return device;
    }

    Facts facts() {
        Map<String, Facts.Device> of = new LinkedHashMap<>();
        devices.forEach((name, it) ->
                of.put(name, new Facts.Device(it.online, it.seen, it.progress, it.reason, it.elsewhere, it.numbers)));
        return new Facts(of, shares, withdrawn);
    }

    /** One evaluation. */
    Decision step() {
        Decision decision = rollout.next(facts(), now);
        apply(decision);
        return decision;
    }

    /** As many as change something. */
    void settle() {
        for (int i = 0; i < 1_000; i++) {
            if (!rollout.changes(step())) {
                return;
            }
        }
        throw new AssertionError("it does not come to rest: " + rollout);
    }

    Answer ask(Action action) {
        Answer answer = rollout.ask(action, now);
        if (answer instanceof Decision decision) {
            apply(decision);
        }
        return answer;
    }

    private void apply(Decision decision) {
        Map<String, Member> members = new LinkedHashMap<>();
        rollout.members().forEach(member -> members.put(member.device(), member));
        for (Step step : decision.steps()) {
            members.compute(step.device(), (name, member) -> after(member, step));
        }
        if (decision.endsPending()) {
            members.replaceAll((name, member) -> member.state() == MemberState.PENDING
                    ? member.with(MemberState.SKIPPED, member.reason(), now)
                    : member);
        }
        rollout = new Rollout(
                rollout.id(),
                rollout.plan(),
                decision.state(),
                decision.wave(),
                rollout.createdMillis(),
                decision.waveOpenedMillis(),
                decision.goodSinceMillis(),
                decision.accepted(),
                decision.reason(),
                rollout.revision() + 1,
                List.copyOf(members.values()));
    }

    private Member after(@Nullable Member member, Step step) {
        if (member == null) {
            throw new AssertionError("a step for nobody: " + step);
        }
        Device device = devices.get(member.device());
        if (device == null) {
            throw new AssertionError("no such device: " + step);
        }
        return switch (step) {
            case Step.Tell tell -> {
                tells.add(tell);
                device.version++;
                device.progress = Progress.NONE;
                device.shadow = tell.shadow();
                yield new Member(
                        member.device(), member.wave(), MemberState.ASSIGNED, device.version, now, tell.shadow(), null);
            }
            case Step.TakeBack back -> {
                device.version++;
                yield new Member(
                        member.device(), member.wave(), back.then(), device.version, now, false, back.reason());
            }
            case Step.Settle settle -> member.with(settle.then(), settle.reason(), now);
        };
    }

    MemberState state(int number) {
        return member(number).state();
    }

    Member member(int number) {
        return rollout.members().stream()
                .filter(it -> it.device().equals("d" + number))
                .findFirst()
                .orElseThrow();
    }

    /** How many devices are like that. */
    long count(MemberState state) {
        return rollout.members().stream().filter(it -> it.state() == state).count();
    }

    /** The device has the newest that it was told, and that became of it. */
    void become(int number, Progress progress, @Nullable String reason) {
        Device device = device(number);
        device.seen = device.version;
        device.progress = progress;
        device.reason = reason;
    }

    void after(long millis) {
        now += millis;
    }
}
