package io.fulmar.fleet.query;

import io.fulmar.model.drift.Distance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How far what was counted is from what was counted before, as the population stability index. Thread-safe. */
public final class Shift {
    /** Buckets in which confidence is counted, from 0 to 1. */
    public static final int BUCKETS = 20;

    private Shift() {}

    /** Of labels against their shares of 1. */
    public static double ofLabels(Map<String, Double> was, Map<String, Long> is) {
        return Distance.psi(was, Distance.shares(is));
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
        return Distance.psi(expected, Distance.shares(wide));
    }

    /** Of counts against counts. */
    static <K extends Comparable<K>> double ofCounts(Map<K, Long> was, Map<K, Long> is) {
        return Distance.psi(Distance.shares(was), Distance.shares(is));
    }
}
