package io.fulmar.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes {@code --set key=value} over the document before it is read. Owned by the one load that builds it. */
final class Overrides {
    private final Origin origin;
    private final Problems problems;

    Overrides(Origin origin, Problems problems) {
        this.origin = origin;
        this.problems = problems;
    }

    void apply(Node.Table root, Map<String, String> overrides) {
        int number = 0;
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            number++;
            apply(root, new Place(origin, number, 1), override.getKey(), override.getValue());
        }
    }

    private void apply(Node.Table root, Place place, String path, String typed) {
        List<String> keys = Arrays.asList(path.split("\\.", -1));
        if (keys.contains("") || keys.size() > Limits.NESTING) {
            problems.add(place, path, "is not a dotted key such as device.id or pipeline.0.source.rate");
            return;
        }
        Node.Table table = root;
        for (int i = 0; i < keys.size() - 1; i++) {
            String at = String.join(".", keys.subList(0, i + 1));
            Node child = table.entries().computeIfAbsent(keys.get(i), key -> Node.Table.empty(place));
            switch (child) {
                case Node.Table inner -> table = inner;
                case Node.Value value -> {
                    problems.add(place, path, at + " is " + value.kind() + ", which has no keys inside");
                    return;
                }
                case Node.Array array -> {
                    i++;
                    Node.Table item = item(array, keys.get(i), at, place, path);
                    if (item == null || i == keys.size() - 1) {
                        if (item != null) {
                            problems.add(place, path, "names a whole table; name a key inside it");
                        }
                        return;
                    }
                    table = item;
                }
            }
        }
        table.entries().put(keys.getLast(), value(place, typed));
    }

    /** The entry of an array by its number or by its name. */
    private Node.@Nullable Table item(Node.Array array, String key, String at, Place place, String path) {
        List<String> valid = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Node item : array.items()) {
            valid.add(Integer.toString(valid.size()));
            names.add(Objects.requireNonNullElse(Merge.nameOf(item), ""));
        }
        int index = valid.contains(key) ? valid.indexOf(key) : names.indexOf(key);
        if (index >= 0 && array.items().get(index) instanceof Node.Table table) {
            return table;
        }
        String message = index >= 0
                ? at + "." + key + " is " + array.items().get(index).kind() + ", which has no keys inside"
                : at + " has entries 0 to " + (valid.size() - 1) + ", and none is \"" + key + "\"";
        problems.add(place, path, message, Nearest.to(key, names));
        return null;
    }

    /** TOML if it is TOML, else the text itself: nobody wants to quote a host name inside a shell's quotes. */
    private Node value(Place place, String typed) {
        Node value = TomlDocument.value(place, typed, problems);
        return value == null ? new Node.Value(place, typed, typed) : value;
    }
}
