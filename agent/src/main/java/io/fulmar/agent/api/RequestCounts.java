package io.fulmar.agent.api;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/** How many requests there were, by route and answer. Thread-safe. */
final class RequestCounts {
    private final ConcurrentMap<Kind, LongAdder> counts = new ConcurrentHashMap<>();

    private record Kind(String route, int status) {}

    /** Requests of one kind. Immutable. */
    record Count(String route, int status, long requests) {}

    void count(String route, int status) {
        counts.computeIfAbsent(new Kind(route, status), kind -> new LongAdder()).increment();
    }

    List<Count> all() {
        return counts.entrySet().stream()
                .map(it -> new Count(
                        it.getKey().route(), it.getKey().status(), it.getValue().sum()))
                .sorted(Comparator.comparing(Count::route).thenComparing(Count::status))
                .toList();
    }
}
