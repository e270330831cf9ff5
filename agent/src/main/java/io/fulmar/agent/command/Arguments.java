package io.fulmar.agent.command;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The arguments of one command; remembers which were asked for, so that a misspelt one is not overlooked. Owned by the command thread. */
public final class Arguments {
    private final Map<String, @Nullable Object> values;
    private final Set<String> asked = new HashSet<>();

    public Arguments(Map<String, @Nullable Object> values) {
        this.values = values;
    }

    /** A text that must be there. */
    public String text(String name) {
        String text = textOrNull(name);
        if (text == null) {
            throw missing(name, "a text");
        }
        return text;
    }

    /** A text, or null where there is none. */
    public @Nullable String textOrNull(String name) {
        Object value = value(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrong(name, "a text");
    }

    /** One of these texts, which must be there. */
    public String oneOf(String name, Collection<String> choices) {
        String text = text(name);
        if (!choices.contains(text)) {
            throw new ArgumentException(
                    "'" + name + "' is one of " + String.join(", ", choices) + ", not '" + shortened(text) + "'");
        }
        return text;
    }

    /** A whole number from {@code min} to {@code max}, or {@code otherwise} where there is none. */
    public int wholeNumber(String name, int min, int max, int otherwise) {
        Object value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Integer number && number >= min && number <= max) {
            return number;
        }
        throw wrong(name, "a whole number from " + min + " to " + max);
    }

    /** True or false, or {@code otherwise} where there is neither. */
    public boolean flag(String name, boolean otherwise) {
        Object value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(name, "true or false");
    }

    /** Whatever JSON can say (text, number, boolean, list, map), or null where there is nothing. */
    public @Nullable Object value(String name) {
        asked.add(name);
        return values.get(name);
    }

    /** A list, or null where there is none. */
    public @Nullable List<?> listOrNull(String name) {
        Object value = value(name);
        if (value == null || value instanceof List) {
            return (List<?>) value;
        }
        throw wrong(name, "a list");
    }

    /** All arguments that were not asked for by name, for a command whose arguments have free names. */
    public Map<String, @Nullable Object> others() {
        Map<String, @Nullable Object> others = new LinkedHashMap<>(values);
        others.keySet().removeAll(asked);
        asked.addAll(others.keySet());
        return others;
    }

    /** Refuses what nobody asked for. */
    void requireNothingElse() {
        for (String name : values.keySet()) {
            if (!asked.contains(name)) {
                throw new ArgumentException("it has no argument '" + shortened(name) + "', "
                        + (asked.isEmpty() ? "and no other" : "only " + String.join(", ", new TreeSet<>(asked))));
            }
        }
    }

    /** What a sender wrote, made fit for an answer and a log line. */
    static String shortened(String text) {
        String head = text.length() <= Limits.SHOWN_CHARS ? text : text.substring(0, Limits.SHOWN_CHARS) + "…";
        return head.replaceAll("\\p{Cntrl}", "?");
    }

    private static ArgumentException missing(String name, String wanted) {
        return new ArgumentException("the argument '" + name + "' is missing: " + wanted);
    }

    private static ArgumentException wrong(String name, String wanted) {
        return new ArgumentException("'" + name + "' must be " + wanted);
    }
}
