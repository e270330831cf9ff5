package io.fulmar.fleet.rollout;

import org.jspecify.annotations.Nullable;

/**
 * What a gate asks of a wave, and what the wave shows.
 *
 * @param value null while it is not known
 * @param limit the most, or with {@code atLeast} the least
 * @param judged whether enough came to judge by it
 *     <p>Immutable.
 */
public record GateValue(int wave, String name, @Nullable Double value, double limit, boolean atLeast, boolean judged) {
    /** How often the release says the same as the active one beside it. */
    static final String AGREEMENT = "agreement";

    /** Whether the wave waits for it; the others are judged for each device by itself. */
    boolean isAsked() {
        return !name.equals(AGREEMENT);
    }

    /** Whether it is known, and as it must be. */
    boolean isMet() {
        return judged && value != null && isWithin(value);
    }

    /** Whether it is known, and not as it must be. */
    public boolean isMissed() {
        return judged && value != null && !isWithin(value);
    }

    /** In a word: passed, missed, waiting for more, or shown where each device is judged by itself. */
    String result() {
        if (!isAsked()) {
            return "shown";
        }
        return isMet() ? "passed" : isMissed() ? "missed" : "waiting";
    }

    private boolean isWithin(double shown) {
        return atLeast ? shown >= limit : shown <= limit;
    }
}
