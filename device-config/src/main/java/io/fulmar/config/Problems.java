package io.fulmar.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong while the rest is still being read. Owned by the one load that builds it. */
final class Problems {
    private final List<Problem> found = new ArrayList<>();
    private final Set<String> knownKeys = new LinkedHashSet<>();

    void add(Place place, String key, String message) {
        add(place, key, message, null);
    }

    void add(Place place, String key, String message, @Nullable String suggestion) {
        if (found.size() < Limits.PROBLEMS) {
            found.add(new Problem(place.file(), place.line(), place.column(), key, message, suggestion));
        }
    }

    boolean none() {
        return found.isEmpty();
    }

    /** The problems in the order of the file, those of overrides last. */
    List<Problem> inOrder() {
        List<Problem> ordered = new ArrayList<>(found);
        ordered.sort(Comparator.comparing((Problem problem) -> problem.file().equals(Place.OVERRIDES))
                .thenComparingInt(Problem::line)
                .thenComparingInt(Problem::column));
        return List.copyOf(ordered);
    }

    /** Notes a key that the loader understands, so that a test can demand that each is documented. */
    void understands(String key) {
        knownKeys.add(key);
    }

    Set<String> knownKeys() {
        return knownKeys;
    }
}
