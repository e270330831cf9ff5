package io.fulmar.sync.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** JSON objects as text, for the arguments and results of commands. Thread-safe. */
public final class JsonText {
    private JsonText() {}

    /**
     * The text of an object of texts, numbers, booleans, nulls, lists and maps of those.
     *
     * @throws IllegalArgumentException if it is longer than a control message may be, or has anything else in it
     */
    public static String of(Map<String, ? extends @Nullable Object> object) {
        return new String(Json.write(json -> properties(json, object)), StandardCharsets.UTF_8);
    }

    /** The object of that text; a {@link WireException} says why it is none. */
    public static Map<String, @Nullable Object> read(String text) {
        return Json.readLong(text.getBytes(StandardCharsets.UTF_8)).properties();
    }

    /** Writes them into an object that has begun. */
    public static void properties(JsonGenerator json, Map<?, ? extends @Nullable Object> object) {
        object.forEach((name, value) -> {
            json.writeName(String.valueOf(name));
            value(json, value);
        });
    }

    private static void value(JsonGenerator json, @Nullable Object value) {
        switch (value) {
            case null -> json.writeNull();
            case String text -> json.writeString(text);
            case Boolean flag -> json.writeBoolean(flag);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Float number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            case java.math.BigInteger number -> json.writeNumber(number);
            case List<?> entries -> {
                json.writeStartArray();
                entries.forEach(entry -> value(json, entry));
                json.writeEndArray();
            }
            case Map<?, ?> inner -> {
                json.writeStartObject();
                properties(json, inner);
                json.writeEndObject();
            }
            default -> throw new IllegalArgumentException("JSON has no " + value.getClass());
        }
    }
}
