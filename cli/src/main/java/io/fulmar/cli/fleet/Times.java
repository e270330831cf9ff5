package io.fulmar.cli.fleet;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Times as a person reads them: UTC, to the second. Immutable. */
final class Times {
    private Times() {}

    static String text(long millis) {
        return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** The same where there may be none. */
    static String textOr(@Nullable Long millis, String otherwise) {
        return millis == null ? otherwise : text(millis);
    }

    /** To the millisecond, for programs; empty for an unknown one. */
    static String exact(@Nullable Long millis) {
        return millis == null ? "" : Instant.ofEpochMilli(millis).toString();
    }
}
