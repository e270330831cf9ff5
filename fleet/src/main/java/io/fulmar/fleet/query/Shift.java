package io.fulmar.fleet.query;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * How far one distribution is from another, as the population stability index: the sum of (is − was) · ln(is ÷ was) over all
 * kinds. Below 0.1 hardly, above 0.25 by much. Devices calculate the same of their labels. Thread-safe.
 */
public final class Shift {
    /** Buckets in which confidence is counted, from 0 to 1. */
    public static final int BUCKETS = 20;

    private static final double LEAST_SHARE = 1e-4; // stands in for a share of nothing, as on the device

    private Shift() {}

    /** Of labels against their shares of 1. */
    public static double ofLabels(Map<String, Double> was, Map<String, Long> is) {
        return of(was, shares(is));
    }

    /**
     * Of confidence against shares of 1 in equally wide parts of it.
     *
     * @param is predictions in each of {@link #BUCKETS}, which are taken together until they are as wide as those parts
     */
    public static double ofConfidence(List<Double> was, Map<Integer, Long> is) {
        int width = BUCKETS / was.size();
        Map<Integer, Double> expected = new HashMap<>();
        for (int i = 0; i < was.size(); i++) {
            expected.put(i, was.get(i));
        }
        Map<Integer, Long> wide = new HashMap<>();
        is.forEach((bucket, count) -> wide.merge(bucket / width, count, Long::sum));
        return of(expected, shares(wide));
    }

    /** Of counts against counts. */
    static <K extends Comparable<K>> double ofCounts(Map<K, Long> was, Map<K, Long> is) {
        return of(shares(was), shares(is));
    }

    private static <K extends Comparable<K>> double of(Map<K, Double> was, Map<K, Double> is) {
        var kinds = new TreeSet<>(was.keySet());
        kinds.addAll(is.keySet());
        double sum = 0;
        for (K kind : kinds) {
            double before = Math.max(LEAST_SHARE, was.getOrDefault(kind, 0.0));
            double now = Math.max(LEAST_SHARE, is.getOrDefault(kind, 0.0));
            sum += (now - before) * Math.log(now / before);
        }
        return sum;
    }

    private static <K> Map<K, Double> shares(Map<K, Long> counts) {
        double all = counts.values().stream().mapToLong(Long::longValue).sum();
        Map<K, Double> shares = new HashMap<>();
        counts.forEach((kind, count) -> shares.put(kind, all == 0 ? 0 : count / all));
        return shares;
    }
}
