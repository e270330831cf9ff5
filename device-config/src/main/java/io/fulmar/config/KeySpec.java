package io.fulmar.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the loader takes for a key, from which the JSON Schema is made and with which the documentation is compared.
 *
 * @param needed whether there is no default
 * @param fallback the default as TOML, null if there is none or it depends on other keys
 * @param min the least value as TOML, null without a range
 * @param max the greatest value as TOML
 * @param choices the only values that it can have, if there are any
 *     <p>Immutable.
 */
record KeySpec(
        Kind kind,
        boolean needed,
        @Nullable String fallback,
        @Nullable String min,
        @Nullable String max,
        List<String> choices) {

    enum Kind {
        /** Only asked for so far, not read. */
        UNKNOWN,
        TABLE,
        TABLES,
        TEXT,
        TEXTS,
        NAME,
        NAMES,
        CHOICE,
        CHOICES,
        INTEGER,
        NUMBER,
        NUMBERS,
        FLAG,
        DURATION,
        SIZE
    }

    static KeySpec of(Kind kind) {
        return new KeySpec(kind, false, null, null, null, List.of());
    }

    KeySpec required() {
        return new KeySpec(kind, true, null, min, max, choices);
    }

    KeySpec orElse(String value) {
        return new KeySpec(kind, false, value, min, max, choices);
    }

    KeySpec between(String least, String greatest) {
        return new KeySpec(kind, needed, fallback, least, greatest, choices);
    }

    KeySpec among(List<String> values) {
        return new KeySpec(kind, needed, fallback, min, max, List.copyOf(values));
    }
}
