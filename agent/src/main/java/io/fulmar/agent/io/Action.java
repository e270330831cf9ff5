package io.fulmar.agent.io;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an actuator is told: about a decision, or by a person.
 *
 * @param frame {@link #NO_FRAME} where a person told it
 * @param label of the decision, null where the model does not classify; or the person's message
 * @param score of the decision, or the person's value
 * @param decidedNanos when that was, on the clock of {@link System#nanoTime}
 *     <p>Immutable.
 */
public record Action(
        String pipeline, long frame, @Nullable String label, float score, boolean alarm, long decidedNanos) {
    /** The number of no frame. */
    public static final long NO_FRAME = -1;

    /** What a person tells an actuator. */
    public static Action ordered(String pipeline, String message, float value) {
        return new Action(pipeline, NO_FRAME, message, value, false, System.nanoTime());
    }

    /** Whether a person told it. */
    public boolean isOrder() {
        return frame == NO_FRAME;
    }

    /** In words, for people. */
    public String text() {
        return isOrder()
                ? pipeline + ": ordered: " + label + " (" + score + ")"
                : String.format(
                        Locale.ROOT,
                        "pipeline %s frame %d said %s (%.3f)%s",
                        pipeline,
                        frame,
                        label == null ? "nothing" : label,
                        score,
                        alarm ? ", an alarm" : "");
    }

    /** What others said, so that it can stand in a line. */
    public static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }
}
