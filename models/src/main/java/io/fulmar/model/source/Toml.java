package io.fulmar.model.source;

import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.Reason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/** TOML text to maps, lists, texts and numbers; the only class that knows the parser. Thread-safe. */
final class Toml {
    private Toml() {}

    static Map<String, Object> read(String what, String text) {
        TomlParseResult parsed = parsed(text);
        if (parsed == null) {
            throw wrong(what + " is not TOML: a bracket, a quote or a comma is missing somewhere");
        }
        for (TomlParseError error : parsed.errors()) {
            String first =
                    String.valueOf(error.getMessage()).lines().findFirst().orElse("");
            throw wrong(what + ":" + error.position().line() + ":"
                    + error.position().column() + ": " + first);
        }
        return table(parsed);
    }

    /** Null where the parser itself fails: it does on some texts instead of saying so. */
    private static @Nullable TomlParseResult parsed(String text) {
        try {
            return org.tomlj.Toml.parse(text);
        } catch (RuntimeException | StackOverflowError e) {
            return null;
        }
    }

    private static Map<String, Object> table(TomlTable table) {
        Map<String, Object> entries = new LinkedHashMap<>();
        for (String key : table.keySet()) {
            Object value = table.get(List.of(key));
            if (value != null) {
                entries.put(key, value(value));
            }
        }
        return entries;
    }

    private static Object value(Object value) {
        return switch (value) {
            case TomlTable table -> table(table);
            case TomlArray array -> {
                List<Object> items = new ArrayList<>();
                for (int i = 0; i < array.size(); i++) {
                    items.add(value(array.get(i)));
                }
                yield items;
            }
            default -> value; // a text, a number, true or false; a time has no place anywhere
        };
    }

    private static PackageException wrong(String message) {
        return new PackageException(Reason.MALFORMED, message);
    }
}
