package io.fulmar.agent.drift;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts of labels: of the most frequent ones one by one, of the others together. Owned by the pipeline's thread. */
final class LabelTrack extends Track {
    /** What the others are called. */
    static final String OTHERS = "(others)";

    private final Map<String, Long> samples = new HashMap<>();
    private final Map<String, Integer> intervals = new HashMap<>();
    private List<String> labels = List.of();

    /**
     * Counts beside those shares.
     *
     * @param reference empty where it is made of the first labels
     */
    LabelTrack(Map<String, Double> reference, boolean learned) {
        super("labels", learned);
        if (!reference.isEmpty()) {
            take(reference);
        }
    }

    private void take(Map<String, Double> reference) {
        List<String> known = new ArrayList<>(reference.keySet());
        known.remove(OTHERS);
        known.sort(Comparator.comparing((String label) -> -reference.getOrDefault(label, 0.0))
                .thenComparing(Comparator.naturalOrder()));
        List<String> kept = new ArrayList<>(known.subList(0, Math.min(Limits.LABELS, known.size())));
        double[] shares = new double[kept.size() + 1];
        double left = 1;
        for (int i = 0; i < kept.size(); i++) {
            shares[i] = reference.getOrDefault(kept.get(i), 0.0);
            left -= shares[i];
            intervals.put(kept.get(i), i);
        }
        shares[kept.size()] = left < 1e-9 ? 0 : left;
        kept.add(OTHERS);
        labels = List.copyOf(kept);
        reference(shares);
    }

    void add(String label) {
        if (learns()) {
            boolean known = samples.size() < Limits.LEARNED_LABELS || samples.containsKey(label);
            samples.merge(known ? label : OTHERS, 1L, Long::sum);
        } else {
            count(intervals.getOrDefault(label, labels.size() - 1));
        }
    }

    @Override
    void learn() {
        double all = samples.values().stream().mapToLong(Long::longValue).sum();
        Map<String, Double> shares = new HashMap<>();
        samples.forEach((label, count) -> shares.put(label, count / all));
        take(shares);
        samples.clear();
    }

    Map<String, Double> shares() {
        Map<String, Double> shares = new LinkedHashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            shares.put(labels.get(i), was()[i]);
        }
        return shares;
    }

    @Override
    boolean ordered() {
        return false;
    }

    @Override
    List<String> labels() {
        return labels;
    }

    @Override
    List<Float> edges() {
        return List.of();
    }
}
