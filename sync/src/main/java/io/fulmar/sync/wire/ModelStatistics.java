package io.fulmar.sync.wire;

import java.util.List;

/**
 * What a model was given and what it said in a pipeline for some time, counted beside its reference. Immutable.
 *
 * @param predictions that are counted
 * @param window predictions that the distances were measured over
 * @param drifting whether it was away from its reference by more than is allowed when this was made
 */
public record ModelStatistics(
        Stamp at,
        String pipeline,
        ModelRef model,
        long predictions,
        int window,
        boolean drifting,
        List<Distribution> distributions)
        implements DeviceRecord {
    public ModelStatistics {
        distributions = List.copyOf(distributions);
        if (distributions.size() > Limits.DISTRIBUTIONS) {
            throw new IllegalArgumentException("more than " + Limits.DISTRIBUTIONS + " distributions");
        }
    }

    /**
     * How often something was in each of some intervals, or had each of some labels. Immutable.
     *
     * @param learned whether the reference was made of the first predictions on the device and not with the model
     * @param labels one for each count; none where it is a number
     * @param edges rising, one fewer than counts: an interval ends with its edge; none where it is labels
     * @param reference shares of 1, one for each count
     * @param psi the largest population stability index of a window
     * @param ks the largest statistic of Kolmogorov and Smirnov of a window; 0 for labels
     */
    public record Distribution(
            String name,
            boolean learned,
            List<String> labels,
            List<Float> edges,
            List<Float> reference,
            List<Long> counts,
            float psi,
            float ks) {
        public Distribution {
            labels = List.copyOf(labels);
            edges = List.copyOf(edges);
            reference = List.copyOf(reference);
            counts = List.copyOf(counts);
            boolean fits = labels.isEmpty() ? edges.size() == counts.size() - 1 : labels.size() == counts.size();
            if (counts.size() > Limits.INTERVALS || reference.size() != counts.size() || !fits) {
                throw new IllegalArgumentException("the distribution " + name + " has not one count for each interval");
            }
        }
    }
}
