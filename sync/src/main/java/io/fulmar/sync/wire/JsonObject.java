package io.fulmar.sync.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that was received, read with the types and ranges that the protocol wants. Unknown properties are left
 * alone, since a newer peer may send them. Immutable.
 */
record JsonObject(Map<String, @Nullable Object> properties) {
    String text(String name) {
        return required(name, textOrNull(name));
    }

    @Nullable
    String textOrNull(String name) {
        Object value = properties.get(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrong(name, "a text");
    }

    boolean flag(String name) {
        if (properties.get(name) instanceof Boolean value) {
            return value;
        }
        throw wrong(name, "true or false");
    }

    /** Any whole number. */
    long number(String name) {
        return switch (properties.get(name)) {
            case Integer value -> value;
            case Long value -> value;
            case null, default -> throw wrong(name, "a whole number of 64 bits");
        };
    }

    /** A whole number that is not negative. */
    long count(String name) {
        long value = number(name);
        if (value < 0) {
            throw wrong(name, "not negative");
        }
        return value;
    }

    /** The same of a property that may be left out, which means 0. */
    long countOrNone(String name) {
        return properties.get(name) == null ? 0 : count(name);
    }

    /** A finite number that is not negative. */
    double decimal(String name) {
        double value = switch (properties.get(name)) {
            case Integer whole -> whole;
            case Long whole -> whole;
            case Double fraction -> fraction;
            case null, default -> throw wrong(name, "a number");
        };
        if (value >= 0 && value < Double.POSITIVE_INFINITY) {
            return value;
        }
        throw wrong(name, "finite and not negative");
    }

    /** A whole number that is not negative and fits into 31 bits. */
    int smallCount(String name) {
        long value = count(name);
        if (value > Integer.MAX_VALUE) {
            throw wrong(name, "at most " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    JsonObject object(String name) {
        if (properties.get(name) instanceof Map<?, ?> map) {
            return ofMap(map);
        }
        throw wrong(name, "an object");
    }

    List<String> texts(String name) {
        return list(name, entry -> {
            if (entry instanceof String text) {
                return text;
            }
            throw wrong(name, "a list of texts");
        });
    }

    /** The same of a property that may be left out. */
    List<String> textsOrNone(String name) {
        return properties.get(name) == null ? List.of() : texts(name);
    }

    <T> List<T> objects(String name, Function<JsonObject, T> read) {
        return list(name, entry -> {
            if (entry instanceof Map<?, ?> map) {
                return read.apply(ofMap(map));
            }
            throw wrong(name, "a list of objects");
        });
    }

    /** The same of a property that older peers leave out. */
    <T> List<T> objectsOrNone(String name, Function<JsonObject, T> read) {
        return properties.get(name) == null ? List.of() : objects(name, read);
    }

    private <T> List<T> list(String name, Function<@Nullable Object, T> read) {
        if (!(properties.get(name) instanceof List<?> entries)) {
            throw wrong(name, "a list");
        }
        List<T> result = new ArrayList<>(entries.size());
        for (Object entry : entries) {
            result.add(read.apply(entry));
        }
        return result;
    }

    @SuppressWarnings("unchecked") // Json makes no maps with other keys than texts
    private static JsonObject ofMap(Map<?, ?> map) {
        return new JsonObject((Map<String, @Nullable Object>) map);
    }

    private static <T> T required(String name, @Nullable T value) {
        if (value == null) {
            throw new WireException("'" + name + "' is missing");
        }
        return value;
    }

    private WireException wrong(String name, String wanted) {
        return properties.get(name) == null
                ? new WireException("'" + name + "' is missing")
                : new WireException("'" + name + "' must be " + wanted);
    }
}
