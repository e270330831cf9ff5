package io.fulmar.fleet.database;

import org.jspecify.annotations.Nullable;

/** What others wrote, as it can be kept in a column. Immutable. */
public final class Text {
    private Text() {}

    /** The same without the one character that PostgreSQL cannot hold. */
    public static @Nullable String storable(@Nullable String text) {
        return text == null || text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
    }
}
