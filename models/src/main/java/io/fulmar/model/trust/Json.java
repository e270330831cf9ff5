package io.fulmar.model.trust;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * Reads and writes the JSON of trust: UTF-8, one object, no name twice, only texts, whole numbers, objects and lists.
 * Thread-safe.
 */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(Limits.ENVELOPE_BYTES)
                    .maxStringLength(Limits.ENVELOPE_BYTES)
                    .maxNestingDepth(Limits.JSON_DEPTH)
                    .maxNameLength(Limits.JSON_NAME_CHARS)
                    .maxNumberLength(Limits.JSON_NUMBER_CHARS)
                    .build())
            .build();

    private static final ObjectWriteContext INDENTED = new ObjectWriteContext.Base() {
        @Override
        public PrettyPrinter getPrettyPrinter() {
            return new DefaultPrettyPrinter();
        }

        @Override
        public boolean hasPrettyPrinter() {
            return true;
        }
    };

    private Json() {}

    /** Whether the bytes are an object that has this property, read no further than needed to know. */
    static boolean hasProperty(byte[] bytes, String name) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                if (parser.currentName().equals(name)) {
                    return true;
                }
                parser.nextToken();
                parser.skipChildren();
            }
            return false;
        } catch (JacksonException e) {
            return false;
        }
    }

    /** The one object in those bytes. */
    static Map<String, Object> read(String what, byte[] bytes, int maxBytes) {
        if (bytes.length > maxBytes) {
            throw wrong(what + " of " + bytes.length + " bytes is over the limit of " + maxBytes, null);
        }
        requireUtf8(what, bytes);
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw wrong(what + " is not a JSON object", null);
            }
            Map<String, Object> object = object(what, parser);
            if (parser.nextToken() != null) {
                throw wrong(what + ": something follows after the JSON object", null);
            }
            return object;
        } catch (JacksonException e) {
            throw wrong(what + " is not valid JSON: " + oneLine(e.getOriginalMessage()), e);
        }
    }

    /** Jackson would also take UTF-16 and UTF-32, and then two readers may see two things. */
    private static void requireUtf8(String what, byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                throw wrong(what + " is not UTF-8 text", null);
            }
        }
    }

    private static Map<String, Object> object(String what, JsonParser parser) {
        Map<String, Object> properties = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            properties.put(name, value(what, parser, parser.nextToken()));
        }
        return properties;
    }

    private static List<Object> array(String what, JsonParser parser) {
        List<Object> entries = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (entries.size() == Limits.KEYS) {
                throw wrong(what + ": a list has more than " + Limits.KEYS + " entries", null);
            }
            entries.add(value(what, parser, token));
        }
        return entries;
    }

    private static Object value(String what, JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> object(what, parser);
            case START_ARRAY -> array(what, parser);
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT,
                    VALUE_TRUE,
                    VALUE_FALSE,
                    VALUE_NULL,
                    END_OBJECT,
                    END_ARRAY,
                    PROPERTY_NAME,
                    VALUE_EMBEDDED_OBJECT,
                    NOT_AVAILABLE ->
                throw wrong(
                        what + ": '" + parser.currentName() + "' has a value of a kind that has no place here", null);
        };
    }

    /** A misspelt name must not silently mean that nothing is asked for. */
    static void requireOnly(String what, Map<String, Object> object, Set<String> names) {
        for (String name : object.keySet()) {
            if (!names.contains(name)) {
                throw wrong(what + " has an unknown property '" + oneLine(name) + "'", null);
            }
        }
    }

    static String text(String what, Map<String, Object> object, String name) {
        if (object.get(name) instanceof String text) {
            return text;
        }
        throw wrong(what + " needs the text '" + name + "'", null);
    }

    static int positive(String what, Map<String, Object> object, String name) {
        if (object.get(name) instanceof Long number && number >= 1 && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw wrong(what + " needs the whole number '" + name + "', at least 1", null);
    }

    @SuppressWarnings("unchecked") // no object here has other keys than texts
    static Map<String, Object> object(String what, Map<String, Object> object, String name) {
        if (object.get(name) instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw wrong(what + " needs the object '" + name + "'", null);
    }

    static List<?> list(String what, Map<String, Object> object, String name) {
        if (object.get(name) instanceof List<?> list) {
            return list;
        }
        throw wrong(what + " needs the list '" + name + "'", null);
    }

    /** The bytes of one object on one line. */
    static byte[] write(Consumer<JsonGenerator> properties) {
        return write(ObjectWriteContext.empty(), properties);
    }

    /** The bytes of one object as a person reads it. */
    static byte[] writeIndented(Consumer<JsonGenerator> properties) {
        byte[] bytes = write(INDENTED, properties);
        return (new String(bytes, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] write(ObjectWriteContext context, Consumer<JsonGenerator> properties) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(context, bytes)) {
            json.writeStartObject();
            properties.accept(json);
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    /** What anybody may have written, made fit for a log line. */
    static String oneLine(@Nullable String text) {
        String head = String.valueOf(text);
        return (head.length() <= 80 ? head : head.substring(0, 80) + "…").replaceAll("\\p{Cntrl}", "?");
    }

    static TrustException wrong(String message, @Nullable Throwable cause) {
        return new TrustException(
                TrustException.Category.PERMANENT, message, "it was damaged or not made by this software", cause);
    }
}
