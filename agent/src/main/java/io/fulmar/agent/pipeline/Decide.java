package io.fulmar.agent.pipeline;

import java.util.Objects;
import java.util.Set;

/** The stage that says whether a result is news, and whether it is an alarm. Owned by the pipeline's thread. */
final class Decide {
    private final Set<String> alarmLabels;
    private final Decision decision = new Decision();
    private boolean first = true;

    Decide(Set<String> alarmLabels) {
        this.alarmLabels = alarmLabels;
    }

    /** The decision, valid until the next one. */
    Decision on(Outcome outcome) {
        String label = outcome.label();
        boolean alarm = label != null && alarmLabels.contains(label);
        boolean changed = first || outcome.index() != decision.index() || !Objects.equals(label, decision.label());
        first = false;
        decision.is(outcome, alarm, changed);
        return decision;
    }
}
