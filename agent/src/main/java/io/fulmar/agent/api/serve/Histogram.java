package io.fulmar.agent.api.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** How long something took, counted in buckets as Prometheus has them. Thread-safe. */
public final class Histogram {
    private static final long[] BOUNDS_MICROS = {
        100,
        250,
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        10_000_000
    };

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS_MICROS.length + 1);
    private final LongAdder nanos = new LongAdder();

    /**
     * How many took no longer than that.
     *
     * @param seconds infinite for all of them
     */
    public record Bucket(double seconds, long count) {}

    void add(long tookNanos) {
        int at = 0;
        while (at < BOUNDS_MICROS.length && tookNanos > BOUNDS_MICROS[at] * 1_000) {
            at++;
        }
        counts.incrementAndGet(at);
        nanos.add(tookNanos);
    }

    /** Each counts those before it, too; the last counts all. */
    public List<Bucket> buckets() {
        List<Bucket> buckets = new ArrayList<>();
        long below = 0;
        for (int i = 0; i <= BOUNDS_MICROS.length; i++) {
            below += counts.get(i);
            double bound = i < BOUNDS_MICROS.length ? BOUNDS_MICROS[i] / 1e6 : Double.POSITIVE_INFINITY;
            buckets.add(new Bucket(bound, below));
        }
        return buckets;
    }

    /** How long all of them took together. */
    public double seconds() {
        return nanos.sum() / 1e9;
    }

    /** How long one takes, in nanoseconds; 0 as long as there was none. */
    long meanNanos() {
        long count = 0;
        for (int i = 0; i <= BOUNDS_MICROS.length; i++) {
            count += counts.get(i);
        }
        return count == 0 ? 0 : nanos.sum() / count;
    }
}
