package io.fulmar.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns what JSON says into nodes, as if a text had said it. Immutable. */
final class Nodes {
    private Nodes() {}

    /** The same as a node; null after a problem. */
    static @Nullable Node of(Place place, String key, @Nullable Object value, Problems problems) {
        return switch (value) {
            case String text -> new Node.Value(place, text, null);
            case Boolean flag -> new Node.Value(place, flag, null);
            case Integer number -> new Node.Value(place, number.longValue(), null);
            case Long number -> new Node.Value(place, number, null);
            case Double number -> new Node.Value(place, number, null);
            case List<?> list -> {
                List<Node> items = new ArrayList<>();
                for (Object item : list) {
                    Node node = of(place, key, item, problems);
                    if (node != null) {
                        items.add(node);
                    }
                }
                yield new Node.Array(place, items);
            }
            case Map<?, ?> map -> {
                Map<String, Node> entries = new LinkedHashMap<>();
                map.forEach((name, item) -> {
                    Node node = of(place, key, item, problems);
                    if (node != null) {
                        entries.put(String.valueOf(name), node);
                    }
                });
                yield new Node.Table(place, entries);
            }
            case null, default -> {
                problems.add(place, key, "is nothing that TOML can say");
                yield null;
            }
        };
    }
}
