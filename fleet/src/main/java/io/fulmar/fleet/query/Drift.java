package io.fulmar.fleet.query;

import io.fulmar.model.pack.ModelManifest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * By how much what one version of a model says has shifted, as {@link Shift} measures it.
 *
 * @param predictions of the time that is looked at
 * @param reference against what the release said of the data that it was tested on; null where it does not say
 * @param beforePredictions of the time before
 * @param before against the time before
 *     <p>Immutable.
 */
public record Drift(
        String model,
        String version,
        long predictions,
        @Nullable Distance reference,
        long beforePredictions,
        Distance before) {
    private static final long HOUR = 3_600_000;

    /**
     * How far.
     *
     * @param labels of the distribution of labels; null where there is nothing to compare
     * @param confidence of the distribution of confidence; null where there is nothing to compare
     */
    public record Distance(
            @Nullable Double labels, @Nullable Double confidence) {}

    /** Knows what releases said of the data that they were tested on. */
    public interface References {
        /** Null where it is not known. */
        ModelManifest.@Nullable Reference find(String model, String version);
    }

    private record Of(String model, String version) {}

    /** What one version said in one time. */
    private record Said(Map<String, Long> labels, Map<Integer, Long> confidence) {
        static Said of(Of of, List<LabelCount> labels, List<ConfidenceCount> confidence) {
            Map<String, Long> byLabel = new TreeMap<>();
            labels.stream()
                    .filter(each ->
                            each.model().equals(of.model()) && each.version().equals(of.version()))
                    .forEach(each -> byLabel.merge(each.label(), each.count(), Long::sum));
            Map<Integer, Long> byBucket = new TreeMap<>();
            confidence.stream()
                    .filter(each ->
                            each.model().equals(of.model()) && each.version().equals(of.version()))
                    .forEach(each -> byBucket.merge(each.bucket(), each.count(), Long::sum));
            return new Said(byLabel, byBucket);
        }

        long predictions() {
            return labels.values().stream().mapToLong(Long::longValue).sum();
        }

        Distance from(Said before) {
            return new Distance(
                    labels.isEmpty() || before.labels.isEmpty() ? null : Shift.ofCounts(before.labels, labels),
                    confidence.isEmpty() || before.confidence.isEmpty()
                            ? null
                            : Shift.ofCounts(before.confidence, confidence));
        }

        Distance from(ModelManifest.Reference reference) {
            return new Distance(
                    labels.isEmpty() ? null : Shift.ofLabels(reference.labels(), labels),
                    confidence.isEmpty() ? null : Shift.ofConfidence(reference.confidence(), confidence));
        }
    }

    /** The beginning of the hour of that time. */
    static long hour(long millis) {
        return Math.floorDiv(millis, HOUR) * HOUR;
    }

    static List<Drift> between(
            List<LabelCount> labelsBefore,
            List<ConfidenceCount> confidenceBefore,
            List<LabelCount> labelsSince,
            List<ConfidenceCount> confidenceSince,
            References references) {
        Map<String, Of> versions = new TreeMap<>();
        labelsBefore.forEach(
                each -> versions.put(each.model() + "\0" + each.version(), new Of(each.model(), each.version())));
        labelsSince.forEach(
                each -> versions.put(each.model() + "\0" + each.version(), new Of(each.model(), each.version())));
        return versions.values().stream()
                .map(of -> {
                    Said before = Said.of(of, labelsBefore, confidenceBefore);
                    Said since = Said.of(of, labelsSince, confidenceSince);
                    ModelManifest.Reference reference = references.find(of.model(), of.version());
                    return new Drift(
                            of.model(),
                            of.version(),
                            since.predictions(),
                            reference == null ? null : since.from(reference),
                            before.predictions(),
                            since.from(before));
                })
                .toList();
    }
}
