package io.fulmar.fleet.api.server;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The members of a JSON object in a request; what is wrong with one is a {@link Problem} that names it. Owned by one thread. */
public final class Fields {
    private final Map<String, @Nullable Object> object;
    private final Set<String> known = new HashSet<>();

    public Fields(Map<String, @Nullable Object> object) {
        this.object = object;
    }

    public String text(String name) {
        String text = optionalText(name);
        if (text == null || text.isBlank()) {
            throw Problem.malformed("'" + name + "' is missing");
        }
        return text;
    }

    public @Nullable String optionalText(String name) {
        return as(name, String.class, "a text");
    }

    public @Nullable Long optionalNumber(String name) {
        Number number = as(name, Number.class, "a number");
        if (number == null) {
            return null;
        }
        if (number instanceof Integer || number instanceof Long) {
            return number.longValue();
        }
        throw Problem.malformed("'" + name + "' must be a whole number");
    }

    public boolean flag(String name) {
        return Boolean.TRUE.equals(as(name, Boolean.class, "true or false"));
    }

    /** The whole of a member that is an object; empty where it is missing. */
    @SuppressWarnings("unchecked") // the reader makes maps of texts only
    public Map<String, @Nullable Object> object(String name) {
        Map<String, @Nullable Object> inner = (Map<String, @Nullable Object>) as(name, Map.class, "an object");
        return inner == null ? new LinkedHashMap<>() : inner;
    }

    public List<?> list(String name) {
        List<?> list = as(name, List.class, "a list");
        return list == null ? List.of() : list;
    }

    /** Refuses members that nobody has asked for, which are mistakes. */
    public void done() {
        for (String name : object.keySet()) {
            if (!known.contains(name)) {
                throw Problem.malformed("'" + name + "' is not known here");
            }
        }
    }

    private <T> @Nullable T as(String name, Class<T> type, String form) {
        known.add(name);
        Object value = object.get(name);
        if (value == null) {
            return null;
        }
        if (type.isInstance(value)) {
            return type.cast(value);
        }
        throw Problem.malformed("'" + name + "' must be " + form);
    }
}
