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

/** Turns TOML text into {@link Node}s; the only class that knows the TOML parser. Immutable. */
final class TomlDocument {
    private TomlDocument() {}

    /** The document, or null after reporting every syntax error in it. */
    static Node.@Nullable Table parse(String file, String text, Problems problems) {
        TomlParseResult parsed;
        try {
            parsed = Toml.parse(text);
        } catch (StackOverflowError e) {
            problems.add(Place.startOf(file), "", "is nested too deeply");
            return null;
        }
        for (TomlParseError error : parsed.errors()) {
            problems.add(place(file, error.position()), "", firstLine(error.getMessage()));
        }
        return parsed.hasErrors() ? null : table(file, parsed, Place.startOf(file));
    }

    /** One value as it would stand right of an equals sign, or null if {@code text} is not exactly one. */
    static @Nullable Node value(Place place, String text) {
        if (text.length() > Limits.TEXT_CHARS || text.indexOf('\n') >= 0) {
            return null;
        }
        try {
            TomlParseResult parsed = Toml.parse("value = " + text);
            Object value = parsed.hasErrors() || parsed.size() != 1 ? null : parsed.get(List.of("value"));
            return value == null ? null : node(place.file(), value, place, text);
        } catch (StackOverflowError e) {
            return null;
        }
    }

    private static Node.Table table(String file, TomlTable table, Place place) {
        Map<String, Node> entries = new LinkedHashMap<>();
        for (String key : table.keySet()) {
            Object value = table.get(List.of(key));
            if (value != null) {
                entries.put(key, node(file, value, place(file, table.inputPositionOf(List.of(key)), place), null));
            }
        }
        return new Node.Table(place, entries);
    }

    private static Node node(String file, Object value, Place place, @Nullable String typed) {
        return switch (value) {
            case TomlTable table -> table(file, table, place);
            case TomlArray array -> {
                List<Node> items = new ArrayList<>(array.size());
                for (int i = 0; i < array.size(); i++) {
                    items.add(node(file, array.get(i), place(file, array.inputPositionOf(i), place), null));
                }
                yield new Node.Array(place, items);
            }
            default -> new Node.Value(place, value, typed);
        };
    }

    /** A value typed on the command line has the place of its override, whatever line the parser saw it in. */
    private static Place place(String file, @Nullable TomlPosition position, Place fallback) {
        return position == null || fallback.file().equals(Place.OVERRIDES) ? fallback : place(file, position);
    }

    private static Place place(String file, TomlPosition position) {
        return new Place(file, position.line(), position.column());
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "is not TOML" : message.lines().findFirst().orElse("is not TOML");
    }
}
