package io.fulmar.agent.pipeline;

import org.jspecify.annotations.Nullable;

/** What a pipeline makes of one frame, seen beside the frame before. Owned by the pipeline's thread. */
final class Decision {
    private @Nullable String label;
    private int index;
    private float score;
    private boolean alarm;
    private boolean changed;
    private boolean alarmChanged;

    @Nullable
    String label() {
        return label;
    }

    int index() {
        return index;
    }

    float score() {
        return score;
    }

    boolean alarm() {
        return alarm;
    }

    /** Whether the label is another one than before; true for the first decision. */
    boolean changed() {
        return changed;
    }

    /** Whether this decision raises an alarm, replaces it with another one or clears it. */
    boolean alarmChanged() {
        return alarmChanged;
    }

    void is(Outcome outcome, boolean isAlarm, boolean isChange) {
        alarmChanged = isAlarm != alarm || (isAlarm && isChange);
        alarm = isAlarm;
        changed = isChange;
        label = outcome.label();
        index = outcome.index();
        score = outcome.score();
    }
}
