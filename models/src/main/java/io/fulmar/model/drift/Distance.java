package io.fulmar.model.drift;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/** How far one distribution is from another. Thread-safe. */
public final class Distance {
    /** What stands in for a share of nothing. */
    private static final double LEAST_SHARE = 1e-4;

    private Distance() {}

    /**
     * The population stability index: the sum of (is − was) · ln(is ÷ was) over all kinds. Below 0.1 hardly, above 0.25 by
     * much.
     */
    public static <K extends Comparable<K>> double psi(Map<K, Double> was, Map<K, Double> is) {
        var kinds = new TreeSet<>(was.keySet());
        kinds.addAll(is.keySet());
        double sum = 0;
        for (K kind : kinds) {
            sum += part(was.getOrDefault(kind, 0.0), is.getOrDefault(kind, 0.0), LEAST_SHARE);
        }
        return sum;
    }

    /**
     * The same of shares in the same order.
     *
     * @param least what stands in for a smaller share
     */
    public static double psi(double[] was, double[] is, double least) {
        double sum = 0;
        for (int i = 0; i < was.length; i++) {
            sum += part(was[i], is[i], least);
        }
        return sum;
    }

    private static double part(double was, double is, double least) {
        double before = Math.max(least, was);
        double now = Math.max(least, is);
        return (now - before) * Math.log(now / before);
    }

    /**
     * The statistic of Kolmogorov and Smirnov: by how much the sums up to an interval differ at most. It is seen at the ends
     * of the intervals only, so never more than that of the numbers themselves.
     */
    public static double ks(double[] was, double[] is) {
        double most = 0;
        double apart = 0;
        for (int i = 0; i < was.length; i++) {
            apart += is[i] - was[i];
            most = Math.max(most, Math.abs(apart));
        }
        return most;
    }

    /** Counts as shares of their sum; of nothing where there are none. */
    public static <K> Map<K, Double> shares(Map<K, Long> counts) {
        double all = counts.values().stream().mapToLong(Long::longValue).sum();
        Map<K, Double> shares = new HashMap<>();
        counts.forEach((kind, count) -> shares.put(kind, all == 0 ? 0 : count / all));
        return shares;
    }

    /** The same of counts in an order. */
    public static double[] shares(long[] counts) {
        double all = 0;
        for (long count : counts) {
            all += count;
        }
        double[] shares = new double[counts.length];
        for (int i = 0; i < counts.length; i++) {
            shares[i] = all == 0 ? 0 : counts[i] / all;
        }
        return shares;
    }
}
