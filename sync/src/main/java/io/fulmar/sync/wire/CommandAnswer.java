package io.fulmar.sync.wire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of a command.
 *
 * @param id the command's; null where the message was not even readable so far
 * @param type the command's; null where the message was not even readable so far
 * @param reason why it is not done; null when it is
 * @param result one JSON object; null where there is nothing to tell
 * @param device who answers
 * @param nowMillis the device's wall clock when it answered first; a repeat gets the same
 *     <p>Immutable.
 */
public record CommandAnswer(
        @Nullable String id,
        @Nullable String type,
        Outcome outcome,
        @Nullable String reason,
        @Nullable String result,
        String device,
        long nowMillis) {

    /** What became of it. */
    public enum Outcome {
        /** It was carried out. */
        DONE,
        /** It was tried and did not work; the reason says whether anything changed. */
        FAILED,
        /** It was not tried: nothing changed. */
        REFUSED,
        /** It was begun and cut off, by a crash or by a deadline: it may have had its effect. It is never repeated. */
        UNKNOWN;

        /** As the wire says it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The outcome that the wire calls so; a {@link WireException} says that there is none. */
        public static Outcome of(String text) {
            for (Outcome outcome : values()) {
                if (outcome.text().equals(text)) {
                    return outcome;
                }
            }
            throw new WireException("no such outcome: '" + WireException.shorten(text) + "'");
        }
    }
}
