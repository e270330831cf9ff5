package io.fulmar.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes {@link Node}s as TOML that reads back as the same. Owned by the one text that it writes. */
final class TomlWriter {
    private static final Pattern BARE = Pattern.compile("[A-Za-z0-9_-]+");

    private final StringBuilder text = new StringBuilder();

    private TomlWriter() {}

    static String text(Node.Table document) {
        TomlWriter writer = new TomlWriter();
        writer.body("", document);
        return writer.text.toString();
    }

    /** The values of a table, then the tables in it under headers of their own. */
    private void body(String path, Node.Table table) {
        Map<String, Node> below = new LinkedHashMap<>();
        table.entries().forEach((key, node) -> {
            if (node instanceof Node.Table || isOfTables(node)) {
                below.put(key, node);
            } else {
                text.append(key(key)).append(" = ");
                inline(node);
                text.append('\n');
            }
        });
        below.forEach((key, node) -> {
            String name = path.isEmpty() ? key(key) : path + "." + key(key);
            switch (node) {
                case Node.Table inner -> {
                    if (inner.entries().isEmpty() || hasValues(inner)) {
                        header("[" + name + "]");
                    }
                    body(name, inner);
                }
                case Node.Array array ->
                    array.items().forEach(item -> {
                        header("[[" + name + "]]");
                        body(name, (Node.Table) item);
                    });
                case Node.Value _ -> throw new IllegalStateException("not a table: " + name);
            }
        });
    }

    private void header(String header) {
        text.append(text.isEmpty() ? "" : "\n").append(header).append('\n');
    }

    private static boolean hasValues(Node.Table table) {
        return table.entries().values().stream().anyMatch(node -> !(node instanceof Node.Table) && !isOfTables(node));
    }

    private static boolean isOfTables(Node node) {
        return node instanceof Node.Array array
                && !array.items().isEmpty()
                && array.items().stream().allMatch(Node.Table.class::isInstance);
    }

    private void inline(Node node) {
        switch (node) {
            case Node.Value value -> text.append(value(value.value()));
            case Node.Array array -> separated('[', array.items(), ']');
            case Node.Table table -> {
                text.append('{');
                String comma = "";
                for (Map.Entry<String, Node> entry : table.entries().entrySet()) {
                    text.append(comma).append(key(entry.getKey())).append(" = ");
                    inline(entry.getValue());
                    comma = ", ";
                }
                text.append('}');
            }
        }
    }

    private void separated(char open, List<Node> items, char close) {
        text.append(open);
        String comma = "";
        for (Node item : items) {
            text.append(comma);
            inline(item);
            comma = ", ";
        }
        text.append(close);
    }

    private static String value(Object value) {
        return switch (value) {
            case String string -> quoted(string);
            case Double number when number.isNaN() -> "nan";
            case Double number when number.isInfinite() -> number > 0 ? "inf" : "-inf";
            default -> value.toString();
        };
    }

    private static String key(String key) {
        return BARE.matcher(key).matches() ? key : quoted(key);
    }

    static String quoted(String string) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> {
                    if (c < 0x20 || c == 0x7F) {
                        quoted.append(String.format("\\u%04X", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
