package io.fulmar.agent.run;

import io.fulmar.sync.wire.ModelRef;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline whose thread has been at one step for too long, in code that cannot be interrupted. Immutable.
 *
 * @param inModel whether it is its model that does not come back, and not its source or another stage
 * @param since for how long it has been at it
 * @param limit after how long it was too long
 * @param end after how long nothing but the end of the process helps
 */
record Stuck(String pipeline, ModelRef model, boolean inModel, Duration since, Duration limit, Duration end) {
    private static final long ROUNDED = 5;

    /**
     * What is to be said of a thread; null if it is not stuck.
     *
     * @param longest how long the longest step took that it has ended
     * @param tried whether its model has come through a frame
     */
    static @Nullable Stuck of(
            String pipeline, ModelRef model, boolean inModel, Duration since, Duration longest, boolean tried) {
        Duration steps = least(longest, Limits.STUCK_STEP_MOST).multipliedBy(Limits.STUCK_STEPS);
        Duration limit = most(Limits.STUCK, steps);
        Duration end = limit.multipliedBy(Limits.STUCK_END);
        return since.compareTo(limit) <= 0
                ? null
                : new Stuck(pipeline, model, inModel, since, limit, tried ? end : most(end, Limits.STUCK_FIRST));
    }

    private static Duration most(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** Whether the process is to end for it. */
    boolean isOverdue() {
        return since.compareTo(end) > 0;
    }

    /** Where it is stuck and for how long, not so exactly that it would be another text each second. */
    String said() {
        String of = "model " + model.name() + " " + model.version();
        long seconds = since.toSeconds();
        return "it has been stuck "
                + (inModel ? "in " + of : "outside of " + of + ", in its source or another stage,")
                + " for more than "
                + (seconds < 60 ? seconds / ROUNDED * ROUNDED + " s" : since.toMinutes() + " min");
    }
}
