package io.fulmar.cli.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.query.QueryJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** An answer of the fleet's API, read as a whole. Immutable. */
final class JsonTree {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Map<String, @Nullable Object> members;

    private JsonTree(Map<String, @Nullable Object> members) {
        this.members = members;
    }

    /** The object of that text. */
    static JsonTree read(String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                return new JsonTree(object(parser));
            }
        } catch (JacksonException e) {
            throw notOurs(e);
        }
        throw notOurs(null);
    }

    private static FleetException notOurs(@Nullable Exception cause) {
        return new FleetException(
                Category.PERMANENT,
                "the answer is no JSON object",
                "is that really the address of a fleet service? See --url",
                cause);
    }

    private static Map<String, @Nullable Object> object(JsonParser parser) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, value(parser));
        }
        return members;
    }

    private static List<@Nullable Object> list(JsonParser parser) {
        List<@Nullable Object> entries = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            entries.add(value(parser));
        }
        return entries;
    }

    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> new JsonTree(object(parser));
            case START_ARRAY -> list(parser);
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case null, default -> null;
        };
    }

    /** The same as JSON in one line. */
    String json() {
        return QueryJson.object(this::write);
    }

    private void write(JsonGenerator json) {
        members.forEach((name, value) -> {
            json.writeName(name);
            write(json, value);
        });
    }

    private static void write(JsonGenerator json, @Nullable Object value) {
        switch (value) {
            case null -> json.writeNull();
            case JsonTree tree -> {
                json.writeStartObject();
                tree.write(json);
                json.writeEndObject();
            }
            case List<?> list -> {
                json.writeStartArray();
                list.forEach(entry -> write(json, entry));
                json.writeEndArray();
            }
            case Boolean flag -> json.writeBoolean(flag);
            case Long number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            default -> json.writeString(value.toString());
        }
    }

    /** The objects of that text, which is an array. */
    static List<JsonTree> readAll(String text) {
        return read("{\"items\":" + text + "}").objects("items");
    }

    /** A JSON array of them in one line. */
    static String json(List<JsonTree> all) {
        return all.stream().map(JsonTree::json).collect(Collectors.joining(",", "[", "]"));
    }

    /** A number with a fraction; null where there is none. */
    @Nullable
    Double decimal(String name) {
        return members.get(name) instanceof Number number ? number.doubleValue() : null;
    }

    /** What stands there as JSON in one line; null where there is nothing. */
    @Nullable
    String document(String name) {
        Object value = members.get(name);
        if (value == null) {
            return null;
        }
        String whole = new JsonTree(Map.of("", value)).json();
        return whole.substring(whole.indexOf(':') + 1, whole.length() - 1);
    }

    /** A text; null where there is none. */
    @Nullable
    String text(String name) {
        return members.get(name) instanceof String text ? text : null;
    }

    /** A number; that one where there is none. */
    long number(String name, long otherwise) {
        return members.get(name) instanceof Number number ? number.longValue() : otherwise;
    }

    /** Whether there is such a member. */
    boolean has(String name) {
        return members.containsKey(name);
    }

    boolean flag(String name) {
        return Boolean.TRUE.equals(members.get(name));
    }

    /** A number or text as a person reads it; null where there is none. */
    @Nullable
    String value(String name) {
        Object value = members.get(name);
        return value instanceof Double number
                ? String.format(Locale.ROOT, "%.4f", number).replaceAll("\\.?0+$", "")
                : value == null ? null : value.toString();
    }

    /** The object of that name; one without members where there is none. */
    JsonTree object(String name) {
        return members.get(name) instanceof JsonTree tree ? tree : new JsonTree(Map.of());
    }

    /** The names of the members. */
    Set<String> names() {
        return members.keySet();
    }

    /** The texts in a list. */
    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        if (members.get(name) instanceof List<?> list) {
            for (Object entry : list) {
                if (entry instanceof String text) {
                    texts.add(text);
                }
            }
        }
        return texts;
    }

    /** The objects in a list. */
    List<JsonTree> objects(String name) {
        List<JsonTree> objects = new ArrayList<>();
        if (members.get(name) instanceof List<?> list) {
            for (Object entry : list) {
                if (entry instanceof JsonTree tree) {
                    objects.add(tree);
                }
            }
        }
        return objects;
    }
}
