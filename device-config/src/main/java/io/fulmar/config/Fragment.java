package io.fulmar.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A part of a configuration as TOML text, to be laid over another. Immutable. */
public sealed interface Fragment {
    /** It can be laid over a configuration, which may still find it wrong. Immutable. */
    record Text(String toml) implements Fragment {}

    /** It is no such thing, and this is why. Immutable. */
    record Wrong(List<Problem> problems) implements Fragment {
        public Wrong {
            problems = List.copyOf(problems);
        }
    }

    /** One fragment that says what {@code below} says, except where {@code above} says otherwise. */
    static Fragment over(String below, String above) {
        Problems problems = new Problems();
        Node.Table base = TomlDocument.parse(origin("the fragment before"), below, problems);
        Node.Table top = TomlDocument.parse(origin("the fragment"), above, problems);
        return base == null || top == null
                ? new Wrong(problems.inOrder())
                : new Text(TomlWriter.text(Merge.over(base, top)));
    }

    /**
     * A fragment of dotted keys, where a model or a pipeline goes by its name: {@code pipeline.bearing.record.policy}.
     *
     * @param values texts, whole numbers, other numbers, booleans, lists and maps of those, as JSON says them
     */
    static Fragment ofKeys(Map<String, ? extends @Nullable Object> values) {
        Problems problems = new Problems();
        Place place = Place.startOf(origin("the arguments"));
        Node.Table root = Node.Table.empty(place);
        values.forEach((key, value) -> put(root, key, Nodes.of(place, key, value, problems), problems));
        return problems.none() ? new Text(TomlWriter.text(root)) : new Wrong(problems.inOrder());
    }

    private static void put(Node.Table root, String path, @Nullable Node value, Problems problems) {
        List<String> keys = Arrays.asList(path.split("\\.", -1));
        Node.Table table = root;
        boolean named = keys.getFirst().equals("model") || keys.getFirst().equals("pipeline");
        boolean wrong = keys.contains("") || keys.size() > Limits.NESTING || (named && keys.size() < 3);
        for (int i = 0; i < keys.size() - 1 && !wrong; i++) {
            if (i == 0 && named) {
                table = named(table, keys.get(0), keys.get(++i));
            } else if (table.entries().computeIfAbsent(keys.get(i), key -> Node.Table.empty(root.place()))
                    instanceof Node.Table inner) {
                table = inner;
            } else {
                wrong = true;
            }
        }
        if (wrong || table.entries().containsKey(keys.getLast())) {
            problems.add(
                    root.place(),
                    path,
                    "is not a dotted key such as log.level or pipeline.NAME.record.policy, said once");
        } else if (value != null) {
            table.entries().put(keys.getLast(), value);
        }
    }

    private static Node.Table named(Node.Table table, String array, String name) {
        Node.Array entries = (Node.Array)
                table.entries().computeIfAbsent(array, key -> new Node.Array(table.place(), new ArrayList<>()));
        for (Node item : entries.items()) {
            if (item instanceof Node.Table entry
                    && entry.entries().get("name") instanceof Node.Value(var place, Object value, var typed)
                    && value.equals(name)) {
                return entry;
            }
        }
        Node.Table entry = Node.Table.empty(table.place());
        entry.entries().put("name", new Node.Value(table.place(), name, null));
        entries.items().add(entry);
        return entry;
    }

    private static Origin origin(String name) {
        return new Origin(Layer.REMOTE, 0, name, Path.of("/"));
    }
}
