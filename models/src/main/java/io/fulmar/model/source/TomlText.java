package io.fulmar.model.source;

import io.fulmar.model.json.Json;
import io.fulmar.model.pack.PackageException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** TOML text as JSON, for what is read as JSON and written by people. Thread-safe. */
public final class TomlText {
    private TomlText() {}

    /**
     * The same as one JSON object.
     *
     * @param what names the text where it is wrong
     * @throws PackageException when it is no TOML; the message says where
     */
    public static String toJson(String what, String text) {
        Map<String, Object> table = Toml.read(what, text);
        return new String(Json.write(json -> write(json, table)), StandardCharsets.UTF_8);
    }

    private static void write(JsonGenerator json, Map<?, ?> table) {
        table.forEach((name, value) -> {
            json.writeName(String.valueOf(name));
            write(json, value);
        });
    }

    private static void write(JsonGenerator json, Object value) {
        switch (value) {
            case Map<?, ?> table -> {
                json.writeStartObject();
                write(json, table);
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
}
