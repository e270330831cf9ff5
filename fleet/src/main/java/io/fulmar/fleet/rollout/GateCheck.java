package io.fulmar.fleet.rollout;

import io.fulmar.fleet.rollout.Plan.Gates;
import io.fulmar.sync.wire.Reported;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What a wave shows of the release, next to what is asked of it. Owned by who made it. */
final class GateCheck {
    private static final double NINETY_FIVE = 0.95;

    private final Gates gates;
    private final Collection<Member> members;
    private final Facts facts;

    GateCheck(Gates gates, Collection<Member> members, Facts facts) {
        this.gates = gates;
        this.members = members;
        this.facts = facts;
    }

    List<GateValue> values(int wave) {
        List<GateValue> values = new ArrayList<>();
        if (gates.isNone()) {
            return values;
        }
        List<Reported.Numbers> numbers = numbers(wave);
        Facts.Shares shares = facts.shares(wave);
        long predictions = Math.max(
                shares.predictions(),
                numbers.stream().mapToLong(it -> Math.max(0, it.predictions())).sum());
        boolean judged = predictions >= gates.minimumPredictions();
        if (gates.crashes() != null) {
            long crashed = members.stream()
                    .filter(it -> it.wave() == wave && it.state() == MemberState.FAILED)
                    .filter(it -> it.reason() != null && it.reason().startsWith("crashed"))
                    .count();
            values.add(new GateValue(wave, "crashes", (double) crashed, gates.crashes(), false, true));
        }
        most(values, wave, "p95Millis", percentile(numbers, it -> it.p95Micros() / 1e3), gates.p95Millis(), judged);
        most(values, wave, "p95Ratio", percentile(numbers, GateCheck::ratio), gates.p95Ratio(), judged);
        if (gates.agreement() != null) {
            // each device is judged by it while it is measured there, so this only shows how it is
            values.add(new GateValue(wave, GateValue.AGREEMENT, agreement(wave), gates.agreement(), true, false));
        }
        Double labels = shares.labelShift() == null ? labelShift(numbers) : shares.labelShift();
        most(values, wave, "labelShift", labels, gates.labelShift(), judged);
        most(values, wave, "confidenceShift", shares.confidenceShift(), gates.confidenceShift(), judged);
        if (gates.minimumPredictions() > 0) {
            values.add(new GateValue(
                    wave, "minimumPredictions", (double) predictions, gates.minimumPredictions(), true, judged));
        }
        return values;
    }

    private static void most(
            List<GateValue> values,
            int wave,
            String name,
            @Nullable Double value,
            @Nullable Double limit,
            boolean judged) {
        if (limit != null) {
            values.add(new GateValue(wave, name, value, limit, false, judged));
        }
    }

    private List<Reported.Numbers> numbers(int wave) {
        List<Reported.Numbers> numbers = new ArrayList<>();
        for (Member member : members) {
            if (member.wave() == wave
                    && (member.state() == MemberState.ACTIVE || member.state() == MemberState.ASSIGNED)) {
                Reported.Numbers said = facts.of(member.device()).numbers();
                if (said != null) {
                    numbers.add(said);
                }
            }
        }
        return numbers;
    }

    private static double ratio(Reported.Numbers numbers) {
        return numbers.p95Micros() < 0 || numbers.activeP95Micros() <= 0
                ? -1
                : (double) numbers.p95Micros() / numbers.activeP95Micros();
    }

    /** What 95 of 100 devices show at most; a device that does not say has a negative value. */
    private static @Nullable Double percentile(
            List<Reported.Numbers> numbers, ToDoubleFunction<Reported.Numbers> value) {
        double[] sorted = numbers.stream()
                .mapToDouble(value)
                .filter(it -> it >= 0)
                .sorted()
                .toArray();
        return sorted.length == 0 ? null : sorted[(int) Math.ceil(sorted.length * NINETY_FIVE) - 1];
    }

    /** Over all devices of the wave that have measured it, whatever became of them. */
    private @Nullable Double agreement(int wave) {
        double[] shares = members.stream()
                .filter(it -> it.wave() == wave)
                .map(it -> facts.of(it.device()).numbers())
                .filter(it -> it != null && it.agreement() >= 0)
                .mapToDouble(it -> it == null ? 0 : it.agreement())
                .toArray();
        double sum = 0;
        for (double share : shares) {
            sum += share;
        }
        return shares.length == 0 ? null : sum / shares.length;
    }

    /** What the devices have measured against their release before; who predicted more counts more. */
    private static @Nullable Double labelShift(List<Reported.Numbers> numbers) {
        double sum = 0;
        double weight = 0;
        for (Reported.Numbers it : numbers) {
            if (it.labelShift() >= 0 && it.predictions() > 0) {
                sum += it.labelShift() * it.predictions();
                weight += it.predictions();
            }
        }
        return weight == 0 ? null : sum / weight;
    }
}
