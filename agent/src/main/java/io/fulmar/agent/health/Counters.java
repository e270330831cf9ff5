package io.fulmar.agent.health;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** The agent's counters, one a {@link Counter}; they only rise. Thread-safe. */
public final class Counters {
    private final Map<Counter, LongAdder> values = new EnumMap<>(Counter.class);

    public Counters() {
        for (Counter counter : Counter.values()) {
            values.put(counter, new LongAdder());
        }
    }

    /** Adds one. */
    public void count(Counter counter) {
        add(counter, 1);
    }

    /** Adds {@code amount}. */
    public void add(Counter counter, long amount) {
        value(counter).add(amount);
    }

    /** The value now. */
    public long get(Counter counter) {
        return value(counter).sum();
    }

    private LongAdder value(Counter counter) {
        return Objects.requireNonNull(values.get(counter));
    }
}
