package io.fulmar.fleet.registry;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What is known of one device in short, by names; a name may have several values. Immutable. */
public final class Labels {
    /** Labels of one device that people set. */
    public static final int MOST = 64;

    /** Those that the fleet knows by itself; together with every name that begins with {@code model.} nobody can set them. */
    public static final Set<String> BUILT_IN = Set.of("id", "group", "board", "agent", "online");

    /** What the active releases of models are called: {@code model.NAME}. */
    public static final String MODEL = "model.";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./-]{0,62}");
    private static final Pattern VALUE = Pattern.compile("[^\\p{Cntrl}]{1,128}");

    private final Map<String, Set<String>> values;

    private Labels(Map<String, Set<String>> values) {
        this.values = values;
    }

    /** Whether it can be the name of a label. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** Whether it can be the value of one. */
    public static boolean isValue(String value) {
        return VALUE.matcher(value).matches() && !value.isBlank();
    }

    /** Whether the fleet itself says what it is. */
    public static boolean isBuiltIn(String name) {
        return BUILT_IN.contains(name) || name.startsWith(MODEL);
    }

    /** All that this label is for the device; empty when it has none. */
    public Set<String> values(String name) {
        return values.getOrDefault(name, Set.of());
    }

    /** All of them. */
    public Map<String, Set<String>> all() {
        return values;
    }

    @Override
    public String toString() {
        return values.toString();
    }

    /** Collects labels of one device. Owned by who made it. */
    public static final class Builder {
        private final Map<String, Set<String>> values = new LinkedHashMap<>();

        public Builder add(String name, String value) {
            values.computeIfAbsent(name, it -> new LinkedHashSet<>()).add(value);
            return this;
        }

        public Labels build() {
            Map<String, Set<String>> copy = new LinkedHashMap<>();
            values.forEach((name, of) -> copy.put(name, Set.copyOf(of)));
            return new Labels(Collections.unmodifiableMap(copy));
        }
    }
}
