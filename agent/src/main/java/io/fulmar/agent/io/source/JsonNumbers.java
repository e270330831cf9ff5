package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;

/**
 * Takes the numbers out of JSON that stand at some places, each a path of RFC 9535 of names and indices alone. Truth is 1 and
 * 0; lists are taken with all that is in them. Immutable.
 */
final class JsonNumbers {
    private static final int SHOWN = 80;
    private static final Pattern STEP = Pattern.compile("\\.([^.\\[]+)|\\[([0-9]+)]|\\['([^']+)']");
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Limits.JSON_DEPTH)
                    .maxNumberLength(Limits.JSON_NUMBER_CHARS)
                    .build())
            .build();

    private final List<Place> places;

    /** @param steps names, and indices as they are written */
    private record Place(String text, List<String> steps) {}

    /** What was found at each place. Owned by the call that reads. */
    private static final class Found {
        private float[] numbers = new float[16];
        private int count;
        private boolean there;

        void add(float number) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * count);
            }
            numbers[count++] = number;
        }
    }

    JsonNumbers(List<String> places) {
        this.places = places.stream().map(JsonNumbers::place).toList();
    }

    private static Place place(String text) {
        List<String> steps = new ArrayList<>();
        Matcher matcher = STEP.matcher(text);
        while (matcher.find()) {
            String name = matcher.group(1) == null ? matcher.group(3) : matcher.group(1);
            steps.add(name == null ? matcher.group(2) : "." + name);
        }
        return new Place(text, List.copyOf(steps));
    }

    /**
     * The numbers, place by place.
     *
     * @param where what to call the text
     * @throws SourceException if it is no JSON, or there is something else or nothing at a place
     */
    float[] of(String text, String where) {
        Found[] found = new Found[places.size()];
        Arrays.setAll(found, i -> new Found());
        boolean[] all = new boolean[places.size()];
        Arrays.fill(all, true);
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                throw malformed(where, "is empty");
            }
            read(parser, found, all, 0, where);
            if (parser.nextToken() != null) {
                throw malformed(where, "goes on behind its end");
            }
        } catch (JacksonException e) {
            throw malformed(where, "is no JSON: " + shortened(String.valueOf(e.getOriginalMessage())));
        }
        return joined(found, where);
    }

    private float[] joined(Found[] found, String where) {
        int count = 0;
        for (int i = 0; i < found.length; i++) {
            if (!found[i].there) {
                throw malformed(where, "has nothing at " + places.get(i).text());
            }
            count += found[i].count;
        }
        float[] numbers = new float[count];
        int at = 0;
        for (Found one : found) {
            System.arraycopy(one.numbers, 0, numbers, at, one.count);
            at += one.count;
        }
        return numbers;
    }

    /** @param on which places lie at this value or in it; {@code depth} steps of theirs led here */
    private void read(JsonParser parser, Found[] found, boolean[] on, int depth, String where) {
        for (int i = 0; i < on.length; i++) {
            found[i].there |= on[i] && ends(i, depth);
        }
        boolean[] deeper = new boolean[on.length];
        JsonToken token = parser.currentToken();
        switch (token) {
            case START_OBJECT -> {
                for (int i = 0; i < on.length; i++) {
                    if (on[i] && ends(i, depth)) {
                        throw malformed(
                                where, "has an object at " + places.get(i).text() + ", not numbers");
                    }
                }
                for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                    parser.nextToken();
                    for (int i = 0; i < on.length; i++) {
                        deeper[i] = on[i] && isName(places.get(i).steps().get(depth), name);
                    }
                    inside(parser, found, deeper, depth, where);
                }
            }
            case START_ARRAY -> {
                for (int at = 0; parser.nextToken() != JsonToken.END_ARRAY; at++) {
                    for (int i = 0; i < on.length; i++) {
                        deeper[i] = on[i]
                                && (ends(i, depth)
                                        || isIndex(places.get(i).steps().get(depth), at));
                    }
                    inside(parser, found, deeper, depth, where);
                }
            }
            default -> {
                for (int i = 0; i < on.length; i++) {
                    if (on[i] && ends(i, depth)) {
                        found[i].add(number(parser, token, places.get(i), where));
                    }
                }
            }
        }
    }

    private boolean ends(int place, int depth) {
        return places.get(place).steps().size() <= depth;
    }

    private void inside(JsonParser parser, Found[] found, boolean[] on, int depth, String where) {
        for (boolean any : on) {
            if (any) {
                read(parser, found, on, depth + 1, where);
                return;
            }
        }
        parser.skipChildren();
    }

    private static boolean isName(String step, String name) {
        return step.length() == name.length() + 1 && step.charAt(0) == '.' && step.endsWith(name);
    }

    private static boolean isIndex(String step, int at) {
        return step.charAt(0) != '.' && Integer.parseInt(step) == at;
    }

    private static float number(JsonParser parser, JsonToken token, Place place, String where) {
        float number = switch (token) {
            case VALUE_TRUE -> 1;
            case VALUE_FALSE -> 0;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getFloatValue();
            default ->
                throw malformed(
                        where,
                        "has " + shortened(String.valueOf(parser.getString())) + " at " + place.text()
                                + ", which is no number");
        };
        if (!Float.isFinite(number)) {
            throw malformed(where, "has a number at " + place.text() + " that is too large");
        }
        return number;
    }

    /** Throws unless there are so many. */
    static void require(float[] found, int wanted, String where) {
        if (found.length != wanted) {
            throw malformed(where, "has " + found.length + " values, expected " + wanted);
        }
    }

    private static SourceException malformed(String where, String what) {
        return new SourceException(
                Category.TRANSIENT, "malformed JSON", where + " " + what, "correct whatever writes it");
    }

    private static String shortened(String text) {
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
    }
}
