package io.fulmar.model.pack;

import io.fulmar.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

/**
 * How often a number was in each of some intervals. Immutable.
 *
 * @param name of the number
 * @param edges rising; an interval ends with its edge, which belongs to it, and the last has none
 * @param shares of 1, one for each interval
 */
public record Histogram(String name, List<Float> edges, List<Double> shares) {
    public Histogram {
        edges = List.copyOf(edges);
        shares = List.copyOf(shares);
        ModelManifest.requireText("the name of a histogram", name);
        if (edges.isEmpty() || edges.size() > Limits.EDGES || shares.size() != edges.size() + 1) {
            throw ModelManifest.malformed(
                    "the histogram " + name + " needs 1 to " + Limits.EDGES + " edges, and one share more than those");
        }
        for (int i = 0; i < edges.size(); i++) {
            if (!Float.isFinite(edges.get(i)) || (i > 0 && edges.get(i) <= edges.get(i - 1))) {
                throw ModelManifest.malformed("the edges of the histogram " + name + " do not rise");
            }
        }
        ModelManifest.Reference.requireShares(name, shares);
    }

    /** Those of a list. */
    public static List<Histogram> read(Json json, String what, Map<String, Object> object, String name) {
        List<Histogram> histograms = new ArrayList<>();
        for (Map<String, Object> each : json.objects(what, object, name)) {
            json.requireOnly(what, each, Set.of("name", "edges", "shares"));
            histograms.add(new Histogram(
                    json.text(what, each, "name"),
                    numbers(json, what, each, "edges").stream()
                            .map(Double::floatValue)
                            .toList(),
                    numbers(json, what, each, "shares")));
        }
        return histograms;
    }

    /** Writes a list of them. */
    public static void write(JsonGenerator json, String name, List<Histogram> histograms) {
        json.writeArrayPropertyStart(name);
        for (Histogram histogram : histograms) {
            json.writeStartObject();
            json.writeStringProperty("name", histogram.name());
            json.writeArrayPropertyStart("edges");
            histogram.edges().forEach(edge -> json.writeNumber(edge.doubleValue())); // every digit of the float
            json.writeEndArray();
            json.writeArrayPropertyStart("shares");
            histogram.shares().forEach(json::writeNumber);
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** The numbers of a list. */
    public static List<Double> numbers(Json json, String what, Map<String, Object> object, String name) {
        List<Double> numbers = new ArrayList<>();
        for (Object number : json.list(what, object, name)) {
            numbers.add(json.number(what, Map.of(name, number), name));
        }
        return numbers;
    }
}
