package io.fulmar.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Turns TOML text into {@link Node}s; the only class that knows the TOML parser. Owned by the one load that builds it. */
final class TomlDocument {
    private static final String NESTED = "is nested too deeply";

    private final Problems problems;

    private TomlDocument(Problems problems) {
        this.problems = problems;
    }

    /** The document, or null after reporting every syntax error in it. */
    static Node.@Nullable Table parse(Origin origin, String text, Problems problems) {
        TomlParseResult parsed = parsed(text);
        if (parsed == null) {
            problems.add(Place.startOf(origin), "", "is not TOML: a bracket, a quote or a comma is missing somewhere");
            return null;
        }
        for (TomlParseError error : parsed.errors()) {
            problems.add(place(origin, error.position()), "", firstLine(error.getMessage()));
        }
        return parsed.hasErrors() ? null : new TomlDocument(problems).table(parsed, Place.startOf(origin), 0);
    }

    /** One value as it would stand right of an equals sign, or null if {@code text} is not exactly one. */
    static @Nullable Node value(Place place, String text, Problems problems) {
        if (text.length() > Limits.TEXT_CHARS || text.indexOf('\n') >= 0) {
            return null;
        }
        TomlParseResult parsed = parsed("value = " + text);
        Object value = parsed == null || parsed.hasErrors() || parsed.size() != 1 ? null : parsed.get(List.of("value"));
        return value == null ? null : new TomlDocument(problems).node(value, place, text, 0);
    }

    /** Null where the parser itself fails: it does on some texts, found by damaging files at random, instead of saying so. */
    private static @Nullable TomlParseResult parsed(String text) {
        try {
            return Toml.parse(text);
        } catch (RuntimeException | StackOverflowError e) {
            return null;
        }
    }

    private Node.Table table(TomlTable table, Place place, int depth) {
        Map<String, Node> entries = new LinkedHashMap<>();
        for (String key : table.keySet()) {
            Object value = table.get(List.of(key));
            if (value != null) {
                entries.put(key, node(value, place(table.inputPositionOf(List.of(key)), place), null, depth + 1));
            }
        }
        return new Node.Table(place, entries);
    }

    private Node node(Object value, Place place, @Nullable String typed, int depth) {
        if (depth > Limits.NESTING) {
            problems.add(place, "", NESTED);
            return Node.Table.empty(place);
        }
        return switch (value) {
            case TomlTable table -> table(table, place, depth);
            case TomlArray array -> {
                List<Node> items = new ArrayList<>(array.size());
                for (int i = 0; i < array.size(); i++) {
                    items.add(node(array.get(i), place(array.inputPositionOf(i), place), null, depth + 1));
                }
                yield new Node.Array(place, items);
            }
            default -> new Node.Value(place, value, typed);
        };
    }

    /** A value typed on the command line has the place of its override, whatever line the parser saw it in. */
    private static Place place(@Nullable TomlPosition position, Place fallback) {
        return position == null || fallback.origin().layer() == Layer.OVERRIDE
                ? fallback
                : place(fallback.origin(), position);
    }

    private static Place place(Origin origin, TomlPosition position) {
        return new Place(origin, position.line(), position.column());
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "is not TOML" : message.lines().findFirst().orElse("is not TOML");
    }
}
