package io.fulmar.agent.doctor;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one look at the machine found.
 *
 * @param check what was looked at, one or two words
 * @param text what was found
 * @param advice what to do about it; null where all is well
 *     <p>Immutable.
 */
public record Finding(
        String check,
        Verdict verdict,
        String text,
        @Nullable String advice) {
    /** How it is. */
    public enum Verdict {
        OK,
        WARNING,
        FAILURE;

        /** As it is printed. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(String check, String text) {
        return new Finding(check, Verdict.OK, text, null);
    }

    static Finding warning(String check, String text, String advice) {
        return new Finding(check, Verdict.WARNING, text, advice);
    }

    static Finding failure(String check, String text, String advice) {
        return new Finding(check, Verdict.FAILURE, text, advice);
    }
}
