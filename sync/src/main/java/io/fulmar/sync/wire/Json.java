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

/** Reads and writes the JSON of control messages, within the {@link Limits}. Thread-safe. */
final class Json {
    private static final int NAME_CHARS = 256;
    private static final int NUMBER_CHARS = 64;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(Limits.CONTROL_BYTES)
                    .maxNestingDepth(Limits.CONTROL_DEPTH)
                    .maxStringLength(Limits.TEXT_CHARS)
                    .maxNameLength(NAME_CHARS)
                    .maxNumberLength(NUMBER_CHARS)
                    .build())
            .build();

    private Json() {}

    /** The bytes of one object whose properties the writer writes. */
    static byte[] write(Consumer<JsonGenerator> properties) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
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
        if (bytes.length > Limits.CONTROL_BYTES) {
            throw new WireException(
                    "a control message of " + bytes.length + " bytes is over the limit of " + Limits.CONTROL_BYTES);
        }
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new WireException("a control message is a JSON object");
            }
            JsonObject object = new JsonObject(object(parser));
            if (parser.nextToken() != null) {
                throw new WireException("something follows after the JSON object");
            }
            return object;
        } catch (JacksonException e) {
            throw new WireException("not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static Map<String, @Nullable Object> object(JsonParser parser) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            properties.put(name, value(parser, parser.nextToken()));
        }
        return properties;
    }

    private static List<@Nullable Object> array(JsonParser parser) {
        List<@Nullable Object> entries = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (entries.size() == Limits.LIST_ENTRIES) {
                throw new WireException("a list has more than " + Limits.LIST_ENTRIES + " entries");
            }
            entries.add(value(parser, token));
        }
        return entries;
    }

    private static @Nullable Object value(JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
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
