package io.fulmar.fleet.query;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * By how much what one version of a model says has shifted, as population stability indexes: below 0.1 hardly, above 0.25 by
 * much.
 *
 * @param before predictions of the time it is compared with
 * @param since predictions of the time that is compared
 * @param labels of the distribution of labels; null where either time has no predictions
 * @param confidence of the distribution of confidence; null where either time has none
 *     <p>Immutable.
 */
public record Drift(
        String model,
        String version,
        long before,
        long since,
        @Nullable Double labels,
        @Nullable Double confidence) {
    private static final long HOUR = 3_600_000;

    private record Of(String model, String version) {}

    /** The beginning of the hour of that time. */
    static long hour(long millis) {
        return Math.floorDiv(millis, HOUR) * HOUR;
    }

    static List<Drift> between(
            List<LabelCount> labelsBefore,
            List<ConfidenceCount> confidenceBefore,
            List<LabelCount> labelsSince,
            List<ConfidenceCount> confidenceSince) {
        Map<String, Of> versions = new TreeMap<>();
        labelsBefore.forEach(
                each -> versions.put(each.model() + "\0" + each.version(), new Of(each.model(), each.version())));
        labelsSince.forEach(
                each -> versions.put(each.model() + "\0" + each.version(), new Of(each.model(), each.version())));
        return versions.values().stream()
                .map(of -> {
                    Map<String, Long> before = labels(labelsBefore, of);
                    Map<String, Long> since = labels(labelsSince, of);
                    return new Drift(
                            of.model(),
                            of.version(),
                            sum(before),
                            sum(since),
                            psi(before, since),
                            psi(confidence(confidenceBefore, of), confidence(confidenceSince, of)));
                })
                .toList();
    }

    private static Map<String, Long> labels(List<LabelCount> counts, Of of) {
        Map<String, Long> byLabel = new TreeMap<>();
        counts.stream()
                .filter(each ->
                        each.model().equals(of.model()) && each.version().equals(of.version()))
                .forEach(each -> byLabel.merge(each.label(), each.count(), Long::sum));
        return byLabel;
    }

    private static Map<Integer, Long> confidence(List<ConfidenceCount> counts, Of of) {
        Map<Integer, Long> byBucket = new TreeMap<>();
        counts.stream()
                .filter(each ->
                        each.model().equals(of.model()) && each.version().equals(of.version()))
                .forEach(each -> byBucket.merge(each.bucket(), each.count(), Long::sum));
        return byBucket;
    }

    private static long sum(Map<?, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * The population stability index of two distributions; null where one of them has nothing. Each kind counts half a
     * prediction more than there were, so that one that is missing on one side is a finite shift.
     */
    public static <K extends Comparable<K>> @Nullable Double psi(Map<K, Long> before, Map<K, Long> since) {
        if (sum(before) == 0 || sum(since) == 0) {
            return null;
        }
        Set<K> kinds = new TreeSet<>(before.keySet());
        kinds.addAll(since.keySet());
        double more = 0.5 * kinds.size();
        double index = 0;
        for (K kind : kinds) {
            double was = (before.getOrDefault(kind, 0L) + 0.5) / (sum(before) + more);
            double is = (since.getOrDefault(kind, 0L) + 0.5) / (sum(since) + more);
            index += (is - was) * Math.log(is / was);
        }
        return index;
    }
}
