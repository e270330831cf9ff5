package io.fulmar.agent.pipeline;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long the runs of a model took, counted in classes of which each is at most 3 % wide. Written by one thread,
 * thread-safe to read.
 */
public final class Latencies {
    /** Below this each microsecond is a class; above it each doubling has so many. */
    private static final int FINE = 32;

    private static final int FINE_BITS = 5;
    /** Up to 71 minutes. */
    private static final long MOST = (1L << 32) - 1;

    private static final int CLASSES = classOf(MOST) + 1;

    private final AtomicLongArray counts = new AtomicLongArray(CLASSES);

    /** Counts one run. */
    public void add(long micros) {
        int at = classOf(Math.clamp(micros, 0, MOST));
        counts.lazySet(at, counts.getPlain(at) + 1);
    }

    /** Those of all of them. */
    public static Latencies sum(Collection<Latencies> parts) {
        Latencies sum = new Latencies();
        for (Latencies part : parts) {
            for (int i = 0; i < CLASSES; i++) {
                sum.counts.setPlain(i, sum.counts.getPlain(i) + part.counts.get(i));
            }
        }
        return sum;
    }

    /** How many runs were counted. */
    public long count() {
        long count = 0;
        for (int i = 0; i < CLASSES; i++) {
            count += counts.get(i);
        }
        return count;
    }

    /** What 95 of 100 runs took at most, in microseconds; -1 if there was none. */
    public long p95Micros() {
        long count = count();
        long left = count - (count * 95 + 99) / 100;
        for (int i = CLASSES - 1; i >= 0; i--) {
            left -= counts.get(i);
            if (left < 0) {
                return mostOf(i);
            }
        }
        return -1;
    }

    /** How many runs took no longer than that, to the width of a class. */
    public long atMost(long micros) {
        int last = classOf(Math.clamp(micros, 0, MOST));
        long count = 0;
        for (int i = 0; i <= last; i++) {
            count += counts.get(i);
        }
        return count;
    }

    /** How long all runs took together, to the width of their classes. */
    public double seconds() {
        double micros = 0;
        for (int i = 0; i < CLASSES; i++) {
            micros += (double) counts.get(i) * (double) mostOf(i);
        }
        return micros / 1e6;
    }

    private static int classOf(long micros) {
        if (micros < FINE) {
            return (int) micros;
        }
        int doublings = 63 - Long.numberOfLeadingZeros(micros) - FINE_BITS;
        return (doublings << FINE_BITS) + (int) (micros >>> doublings);
    }

    private static long mostOf(int at) {
        if (at < 2 * FINE) {
            return at;
        }
        int doublings = (at >>> FINE_BITS) - 1;
        long first = (at & (FINE - 1)) | FINE;
        return ((first + 1) << doublings) - 1;
    }
}
