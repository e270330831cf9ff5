package io.fulmar.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong while the rest is still being read. Owned by the one load that builds it. */
final class Problems {
    private final List<Found> found = new ArrayList<>();
    private final Map<String, KeySpec> knownKeys = new LinkedHashMap<>();
    private final Map<String, String> said = new LinkedHashMap<>();
    private final @Nullable Set<String> tables;
    private long more;

    Problems() {
        this.tables = null;
    }

    /** Those of some tables, and those of the file as a whole. */
    Problems(Set<String> tables) {
        this.tables = Set.copyOf(tables);
    }

    private record Found(Place place, Problem problem) {}

    void add(Place place, String key, String message) {
        add(place, key, message, null);
    }

    void add(Place place, String key, String message, @Nullable String suggestion) {
        if (!counts(key)) {
            return;
        }
        if (full()) {
            more++;
        } else {
            found.add(new Found(
                    place, new Problem(place.origin().name(), place.line(), place.column(), key, message, suggestion)));
        }
    }

    private boolean counts(String key) {
        return tables == null || key.isEmpty() || tables.contains(key.split("\\.", 2)[0]);
    }

    /** Whether what is added from now on is only counted. */
    boolean full() {
        return found.size() >= Limits.PROBLEMS;
    }

    boolean none() {
        return found.isEmpty();
    }

    /** The problems in the order of the layers and in each of them in the order of its text. */
    List<Problem> inOrder() {
        found.sort(Comparator.comparingInt((Found one) -> one.place().origin().rank())
                .thenComparingInt(one -> one.place().line())
                .thenComparingInt(one -> one.place().column()));
        List<Problem> ordered = new ArrayList<>();
        found.forEach(one -> ordered.add(one.problem()));
        if (more > 0) {
            Problem last = ordered.getLast();
            ordered.add(new Problem(
                    last.file(), last.line(), last.column(), "", "and " + more + " more problems, not listed", null));
        }
        return List.copyOf(ordered);
    }

    /** Notes where the value of {@code key} was said. */
    void said(String key, Place place) {
        said.put(key, place.origin().name() + ":" + place.line());
    }

    /** Where the value of each key was said that no default stands for. */
    Map<String, String> places() {
        return said;
    }

    /** Notes what the loader takes for {@code key}; what it needed once stays needed, and to ask alone says nothing. */
    void understands(String key, KeySpec spec) {
        knownKeys.merge(key, spec, (before, now) -> {
            KeySpec said = now.kind() == KeySpec.Kind.UNKNOWN ? before : now;
            return before.needed() ? said.required() : said;
        });
    }

    /** Every key that the loader understands, in the order in which it asked. */
    Map<String, KeySpec> knownKeys() {
        return knownKeys;
    }
}
