package io.fulmar.agent.drift;

import io.fulmar.model.pack.Histogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts of a number. Owned by the pipeline's thread. */
final class NumberTrack extends Track {
    private float[] edges = {};
    private float[] samples = {};
    private int taken;

    /**
     * Counts in the intervals of the reference.
     *
     * @param reference null where one is made of the first values
     * @param learn how many those are
     * @param learned whether the reference was made here
     */
    NumberTrack(String name, @Nullable Histogram reference, int learn, boolean learned) {
        super(name, learned);
        if (reference == null) {
            samples = new float[learn];
        } else {
            take(reference);
        }
    }

    private void take(Histogram reference) {
        edges = new float[reference.edges().size()];
        double[] shares = new double[edges.length + 1];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = reference.shares().get(i);
            if (i < edges.length) {
                edges[i] = reference.edges().get(i);
            }
        }
        reference(shares);
    }

    void add(float value) {
        if (learns()) {
            samples[taken++] = value;
        } else {
            int found = Arrays.binarySearch(edges, value);
            count(found >= 0 ? found : -found - 1);
        }
    }

    @Override
    void learn() {
        take(of(name(), Arrays.copyOf(samples, taken)));
        samples = new float[0];
    }

    /** Intervals that have about equally many of the values each, and one each for what is below and above them all. */
    static Histogram of(String name, float[] values) {
        Arrays.sort(values);
        float least = values[0];
        float most = values[values.length - 1];
        List<Float> edges = new ArrayList<>();
        edges.add(Math.nextDown(least));
        for (int part = 1; part <= Limits.PARTS; part++) {
            float edge = values[(int) ((long) part * values.length / Limits.PARTS) - 1];
            if (edge > edges.getLast()) {
                edges.add(edge);
            }
        }
        if (edges.getLast() < most) {
            edges.add(most);
        }
        long[] counts = new long[edges.size() + 1];
        counts[0] = 1; // the next value is outside of n others with 2 chances of n + 2
        counts[edges.size()] = 1;
        int interval = 0;
        for (float value : values) {
            while (interval < edges.size() && value > edges.get(interval)) {
                interval++;
            }
            counts[interval]++;
        }
        return new Histogram(
                name,
                edges,
                Arrays.stream(counts)
                        .mapToObj(count -> (double) count / (values.length + 2))
                        .toList());
    }

    Histogram histogram() {
        return new Histogram(name(), edges(), Arrays.stream(was()).boxed().toList());
    }

    @Override
    boolean ordered() {
        return true;
    }

    @Override
    List<String> labels() {
        return List.of();
    }

    @Override
    List<Float> edges() {
        List<Float> all = new ArrayList<>();
        for (float edge : edges) {
            all.add(edge);
        }
        return all;
    }
}
