package io.fulmar.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value of the document with the place it came from. Owned by the one load that builds it. */
sealed interface Node {

    Place place();

    /** What a person would call this kind of value. */
    String kind();

    /** A table; overrides are written into {@code entries} before they are read. Owned by the one load that builds it. */
    record Table(Place place, Map<String, Node> entries) implements Node {
        static Table empty(Place place) {
            return new Table(place, new LinkedHashMap<>());
        }

        @Override
        public String kind() {
            return "a table";
        }
    }

    /** An array, of tables or of values. Owned by the one load that builds it. */
    record Array(Place place, List<Node> items) implements Node {
        @Override
        public String kind() {
            return "an array";
        }
    }

    /**
     * A string, integer, float, boolean or date; {@code typed} is how a person typed it on the command line, where
     * a string needs no quotes. Immutable.
     */
    record Value(Place place, Object value, @Nullable String typed) implements Node {
        @Override
        public String kind() {
            return switch (value) {
                case String text -> text.length() > 40 ? "a string" : "\"" + text + "\"";
                case Long number -> "the number " + number;
                case Double number -> "the number " + number;
                case Boolean bool -> bool.toString();
                default -> "a date or time";
            };
        }
    }
}
