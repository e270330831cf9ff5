package io.fulmar.model.json;

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
 * Reads and writes JSON that somebody must be able to rely on: UTF-8, one object, no name twice, nothing after it, no
 * <code>null</code>, everything bounded. What is wrong is thrown as the exception of whoever reads. Thread-safe.
 */
public final class Json {
    private static final int DEPTH = 8;
    private static final int NAME_CHARS = 128;
    private static final int NUMBER_CHARS = 32;

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

    private static final JsonFactory WRITER = new JsonFactory();

    private final JsonFactory factory;
    private final int listEntries;
    private final Refusal refusal;

    /** Makes the exception that says what is wrong. */
    @FunctionalInterface
    public interface Refusal {
        RuntimeException of(String message, @Nullable Throwable cause);
    }

    /**
     * A reader with these bounds.
     *
     * @param documentBytes of the largest text that it reads
     * @param listEntries how many a list may have
     */
    public Json(int documentBytes, int listEntries, Refusal refusal) {
        this.listEntries = listEntries;
        this.refusal = refusal;
        this.factory = new JsonFactoryBuilder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxDocumentLength(documentBytes)
                        .maxStringLength(documentBytes)
                        .maxNestingDepth(DEPTH)
                        .maxNameLength(NAME_CHARS)
                        .maxNumberLength(NUMBER_CHARS)
                        .build())
                .build();
    }

    /** Whether the bytes are an object that has this property, read no further than needed to know. */
    public boolean hasProperty(byte[] bytes, String name) {
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), bytes)) {
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
    public Map<String, Object> read(String what, byte[] bytes, int maxBytes) {
        if (bytes.length > maxBytes) {
            throw wrong(what + " of " + bytes.length + " bytes is over the limit of " + maxBytes);
        }
        requireUtf8(what, bytes);
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw wrong(what + " is not a JSON object");
            }
            Map<String, Object> object = object(what, parser);
            if (parser.nextToken() != null) {
                throw wrong(what + ": something follows after the JSON object");
            }
            return object;
        } catch (JacksonException e) {
            throw refusal.of(what + " is not valid JSON: " + oneLine(e.getOriginalMessage()), e);
        }
    }

    /** Jackson would also take UTF-16 and UTF-32, and then two readers may see two things. */
    private void requireUtf8(String what, byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                throw wrong(what + " is not UTF-8 text");
            }
        }
    }

    private Map<String, Object> object(String what, JsonParser parser) {
        Map<String, Object> properties = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            properties.put(name, value(what, parser, parser.nextToken()));
        }
        return properties;
    }

    private List<Object> array(String what, JsonParser parser) {
        List<Object> entries = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (entries.size() == listEntries) {
                throw wrong(what + ": a list has more than " + listEntries + " entries");
            }
            entries.add(value(what, parser, token));
        }
        return entries;
    }

    private Object value(String what, JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> object(what, parser);
            case START_ARRAY -> array(what, parser);
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw wrong(what + ": '" + oneLine(parser.currentName())
                        + "' has a value of a kind that has no place here");
        };
    }

    /** A misspelt name must not silently mean that nothing is asked for. */
    public void requireOnly(String what, Map<String, Object> object, Set<String> names) {
        for (String name : object.keySet()) {
            if (!names.contains(name)) {
                throw wrong(what + " has an unknown property '" + oneLine(name) + "'");
            }
        }
    }

    public String text(String what, Map<String, Object> object, String name) {
        if (object.get(name) instanceof String text) {
            return text;
        }
        throw wrong(what + " needs the text '" + name + "'");
    }

    /** A whole number from {@code min} to {@code max}. */
    public long whole(String what, Map<String, Object> object, String name, long min, long max) {
        if (object.get(name) instanceof Long number && number >= min && number <= max) {
            return number;
        }
        throw wrong(what + " needs the whole number '" + name + "', " + min + " to " + max);
    }

    public int positive(String what, Map<String, Object> object, String name) {
        if (object.get(name) instanceof Long number && number >= 1 && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw wrong(what + " needs the whole number '" + name + "', at least 1");
    }

    /** A finite number. */
    public double number(String what, Map<String, Object> object, String name) {
        Object value = object.get(name);
        if (value instanceof Long number) {
            return number;
        }
        if (value instanceof Double number && Double.isFinite(number)) {
            return number;
        }
        throw wrong(what + " needs the number '" + name + "'");
    }

    public boolean flag(String what, Map<String, Object> object, String name) {
        if (object.get(name) instanceof Boolean flag) {
            return flag;
        }
        throw wrong(what + " needs true or false for '" + name + "'");
    }

    public Map<String, Object> object(String what, Map<String, Object> object, String name) {
        return asObject(what + " needs the object '" + name + "'", object.get(name));
    }

    /**
     * An object that stands in a list.
     *
     * @param otherwise what to say when it is none
     */
    @SuppressWarnings("unchecked") // no object here has other keys than texts
    public Map<String, Object> asObject(String otherwise, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw wrong(otherwise);
    }

    public List<?> list(String what, Map<String, Object> object, String name) {
        if (object.get(name) instanceof List<?> list) {
            return list;
        }
        throw wrong(what + " needs the list '" + name + "'");
    }

    /** The objects of a list. */
    public List<Map<String, Object>> objects(String what, Map<String, Object> object, String name) {
        List<Map<String, Object>> objects = new ArrayList<>();
        for (Object entry : list(what, object, name)) {
            objects.add(asObject(what + " lists something in '" + name + "' that is not an object", entry));
        }
        return objects;
    }

    /** The texts of a list. */
    public List<String> texts(String what, Map<String, Object> object, String name) {
        List<String> texts = new ArrayList<>();
        for (Object entry : list(what, object, name)) {
            if (!(entry instanceof String text)) {
                throw wrong(what + " lists something in '" + name + "' that is not a text");
            }
            texts.add(text);
        }
        return texts;
    }

    /** The bytes of one object on one line. */
    public static byte[] write(Consumer<JsonGenerator> properties) {
        return write(ObjectWriteContext.empty(), properties);
    }

    /** The bytes of one object as a person reads it. */
    public static byte[] writeIndented(Consumer<JsonGenerator> properties) {
        byte[] bytes = write(INDENTED, properties);
        return (new String(bytes, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] write(ObjectWriteContext context, Consumer<JsonGenerator> properties) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = WRITER.createGenerator(context, bytes)) {
            json.writeStartObject();
            properties.accept(json);
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    /** What anybody may have written, made fit for a log line. */
    public static String oneLine(@Nullable String text) {
        String head = String.valueOf(text);
        return (head.length() <= 80 ? head : head.substring(0, 80) + "…").replaceAll("\\p{Cntrl}", "?");
    }

    /** The exception that says this. */
    public RuntimeException wrong(String message) {
        return refusal.of(message, null);
    }
}
