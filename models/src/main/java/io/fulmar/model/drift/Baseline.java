package io.fulmar.model.drift;

import io.fulmar.model.json.Json;
import io.fulmar.model.pack.Histogram;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What drift is measured from. Immutable.
 *
 * @param labels the shares of the labels; empty where there are none
 * @param numbers how each number was distributed
 */
public record Baseline(Map<String, Double> labels, List<Histogram> numbers) {
    /** What the histogram of the best score is called. */
    public static final String CONFIDENCE = "confidence";

    /** Of nothing. */
    public static final Baseline NONE = new Baseline(Map.of(), List.of());

    private static final int BYTES = 64 * 1024;
    private static final int ENTRIES = 1_024;
    private static final Json JSON =
            new Json(BYTES, ENTRIES, (message, cause) -> new PackageException(Reason.MALFORMED, message, cause));

    public Baseline {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        numbers = List.copyOf(numbers);
    }

    /** What a manifest says; nothing where it says nothing. */
    public static Baseline of(ModelManifest.@Nullable Reference reference) {
        if (reference == null) {
            return NONE;
        }
        List<Histogram> numbers = new ArrayList<>(reference.inputs());
        List<Double> confidence = reference.confidence();
        List<Float> edges = new ArrayList<>();
        for (int i = 1; i < confidence.size(); i++) {
            edges.add((float) i / confidence.size());
        }
        numbers.add(new Histogram(CONFIDENCE, edges, confidence));
        return new Baseline(reference.labels(), numbers);
    }

    /** The histogram of that name; null where there is none. */
    public @Nullable Histogram number(String name) {
        return numbers.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws PackageException where it is something else
     */
    public static Baseline parse(byte[] json) {
        String what = "the reference";
        Map<String, Object> object = JSON.read(what, json, BYTES);
        JSON.requireOnly(what, object, Set.of("labels", "numbers"));
        Map<String, Object> shares = JSON.object(what, object, "labels");
        Map<String, Double> labels = new LinkedHashMap<>();
        shares.keySet().forEach(label -> labels.put(label, JSON.number(what, shares, label)));
        return new Baseline(labels, Histogram.read(JSON, what, object, "numbers"));
    }

    /** One line of JSON. */
    public byte[] toJson() {
        return Json.write(json -> {
            json.writeObjectPropertyStart("labels");
            labels.forEach(json::writeNumberProperty);
            json.writeEndObject();
            Histogram.write(json, "numbers", numbers);
        });
    }
}
