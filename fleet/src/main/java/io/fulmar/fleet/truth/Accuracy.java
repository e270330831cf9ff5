package io.fulmar.fleet.truth;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How often one version of a model was right, as far as anybody has said what was. Immutable.
 *
 * @param confusion how often it said what when it was what
 */
public record Accuracy(String model, String version, List<Count> confusion) {
    /** How often. Immutable. */
    public record Count(String said, String truth, long count) {}

    public Accuracy {
        confusion = List.copyOf(confusion);
    }

    /** Of counts in the order of their releases. */
    static List<Accuracy> of(Map<List<String>, List<Count>> byRelease) {
        List<Accuracy> all = new ArrayList<>();
        new LinkedHashMap<>(byRelease)
                .forEach((release, counts) -> all.add(new Accuracy(release.getFirst(), release.getLast(), counts)));
        return all;
    }

    public long labelled() {
        return confusion.stream().mapToLong(Count::count).sum();
    }

    public long right() {
        return confusion.stream()
                .filter(each -> each.said().equals(each.truth()))
                .mapToLong(Count::count)
                .sum();
    }

    public double share() {
        return labelled() == 0 ? 0 : (double) right() / labelled();
    }
}
