package io.fulmar.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lays one document over another: tables merge key by key, arrays of tables with a {@code name} by that name, and all else
 * is replaced. A table whose {@code type} changes is replaced too, since the keys of the one kind mean nothing to the
 * other. Immutable.
 */
final class Merge {
    private Merge() {}

    static Node.Table over(Node.Table base, Node.Table top) {
        if (otherType(base, top)) {
            return top;
        }
        Map<String, Node> entries = new LinkedHashMap<>(base.entries());
        top.entries().forEach((key, node) -> entries.merge(key, node, Merge::over));
        return new Node.Table(base.place(), entries);
    }

    private static Node over(Node base, Node top) {
        if (base instanceof Node.Table below && top instanceof Node.Table above) {
            return over(below, above);
        }
        if (base instanceof Node.Array below && top instanceof Node.Array above && named(below) && named(above)) {
            return byName(below, above);
        }
        return top;
    }

    private static boolean otherType(Node.Table base, Node.Table top) {
        String below = text(base, "type");
        String above = text(top, "type");
        return below != null && above != null && !below.equals(above);
    }

    private static boolean named(Node.Array array) {
        return array.items().stream().anyMatch(item -> nameOf(item) != null);
    }

    /** A name that stands twice in the upper array is kept twice, so that it is found to be wrong later. */
    private static Node byName(Node.Array base, Node.Array top) {
        List<Node> items = new ArrayList<>(base.items());
        Set<String> taken = new HashSet<>();
        for (Node item : top.items()) {
            String name = nameOf(item);
            int below = name != null && taken.add(name) ? indexOf(base, name) : -1;
            if (below < 0) {
                items.add(item);
            } else {
                items.set(below, over(base.items().get(below), item));
            }
        }
        return new Node.Array(base.place(), items);
    }

    private static int indexOf(Node.Array array, String name) {
        for (int i = 0; i < array.items().size(); i++) {
            if (name.equals(nameOf(array.items().get(i)))) {
                return i;
            }
        }
        return -1;
    }

    static @Nullable String nameOf(Node item) {
        return item instanceof Node.Table table ? text(table, "name") : null;
    }

    private static @Nullable String text(Node.Table table, String key) {
        return table.entries().get(key) instanceof Node.Value(var place, String text, var typed) ? text : null;
    }
}
