package io.fulmar.cli.sim;

/** How long things took, as counts of classes that are 2 % wide. Owned by the simulation's thread. */
final class Latencies {
    private static final double WIDTH = Math.log(1.02);
    private static final int CLASSES = 1_000; // up to about 400 million

    private final long[] counts = new long[CLASSES];
    private long count;
    private double longest;

    void add(double millis) {
        double known = Math.max(0, millis);
        counts[Math.clamp((long) (Math.log(known + 1) / WIDTH), 0, CLASSES - 1)]++;
        count++;
        longest = Math.max(longest, known);
    }

    long count() {
        return count;
    }

    /** What that share of them took at most, in milliseconds, to 2 %; 0 when there are none. */
    long percentile(double share) {
        long wanted = (long) Math.ceil(count * share);
        long seen = 0;
        for (int i = 0; i < CLASSES && count > 0; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return Math.round(Math.min(longest, Math.exp((i + 1) * WIDTH) - 1));
            }
        }
        return 0;
    }

    long longest() {
        return Math.round(longest);
    }

    void clear() {
        java.util.Arrays.fill(counts, 0);
        count = 0;
        longest = 0;
    }
}
