package io.fulmar.sync.wire;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;

/** Reads and writes the JSON of control messages and commands, within the {@link Limits}. Thread-safe. */
final class Json {
    private static final int NAME_CHARS = 256;
    private static final int NUMBER_CHARS = 64;

    /** What most control messages may hold. */
    private static final Bounds SHORT = new Bounds(factory(Limits.TEXT_CHARS), Limits.LIST_ENTRIES);

    /** What a command or an answer may hold, whose one text or list can be nearly all of it. */
    private static final Bounds LONG = new Bounds(factory(Limits.CONTROL_BYTES), Limits.CONTROL_BYTES);

    private record Bounds(JsonFactory factory, int listEntries) {}

    private static JsonFactory factory(int textChars) {
        return new JsonFactoryBuilder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxDocumentLength(Limits.CONTROL_BYTES)
                        .maxNestingDepth(Limits.CONTROL_DEPTH)
                        .maxStringLength(textChars)
                        .maxNameLength(NAME_CHARS)
                        .maxNumberLength(NUMBER_CHARS)
                        .build())
                .build();
    }

    private Json() {}

    /** The bytes of one object whose properties the writer writes. */
    static byte[] write(Consumer<JsonGenerator> properties) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = SHORT.factory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            properties.accept(json);
            json.writeEndObject();
        }
        if (bytes.size() > Limits.CONTROL_BYTES) {
            throw new IllegalArgumentException(
                    "a control message of " + bytes.size() + " bytes is over the limit of " + Limits.CONTROL_BYTES);
        }
        return bytes.toByteArray();
    }

    /** The one object in those bytes. */
    static JsonObject read(byte[] bytes) {
        return read(bytes, SHORT);
    }

    /** The one object in those bytes, of which a text or a list may be nearly all. */
    static JsonObject readLong(byte[] bytes) {
        return read(bytes, LONG);
    }

    private static JsonObject read(byte[] bytes, Bounds bounds) {
        if (bytes.length > Limits.CONTROL_BYTES) {
            throw new WireException(
                    "a control message of " + bytes.length + " bytes is over the limit of " + Limits.CONTROL_BYTES);
        }
        try (JsonParser parser = bounds.factory().createParser(ObjectReadContext.empty(), bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new WireException("a control message is a JSON object");
            }
            JsonObject object = new JsonObject(object(parser, bounds));
            if (parser.nextToken() != null) {
                throw new WireException("something follows after the JSON object");
            }
            return object;
        } catch (JacksonException e) {
            throw new WireException("not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static Map<String, @Nullable Object> object(JsonParser parser, Bounds bounds) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            properties.put(name, value(parser, bounds, parser.nextToken()));
        }
        return properties;
    }

    private static List<@Nullable Object> array(JsonParser parser, Bounds bounds) {
        List<@Nullable Object> entries = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (entries.size() == bounds.listEntries()) {
                throw new WireException("a list has more than " + bounds.listEntries() + " entries");
            }
            entries.add(value(parser, bounds, token));
        }
        return entries;
    }

    private static @Nullable Object value(JsonParser parser, Bounds bounds, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> object(parser, bounds);
            case START_ARRAY -> array(parser, bounds);
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw new WireException("not valid JSON: unexpected " + token);
        };
    }
}
