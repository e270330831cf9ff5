package io.fulmar.agent.api.infer;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.agent.io.Content;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;

/**
 * What somebody sends to have it judged: numbers as JSON or CSV, or a file as it is. What it is its first bytes say, for
 * {@code curl -d} says the same type whatever it sends. Owned by the thread of the request.
 */
final class Input {
    /** Of numbers that are read from text. */
    private static final int FIRST_NUMBERS = 1_024;

    private static final int DEPTH = 16;
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH)
                    .maxNumberLength(64)
                    .build())
            .build();

    private final Call call;
    private float[] numbers = new float[FIRST_NUMBERS];
    private int count;

    private Input(Call call) {
        this.call = call;
    }

    static Content of(Call call, byte[] body) throws ApiException {
        int first = 0;
        while (first < body.length && Character.isWhitespace(body[first])) {
            first++;
        }
        if (first == body.length) {
            throw ApiException.malformed("there is nothing in the body: send a picture, a WAV file, or numbers");
        }
        Input input = new Input(call);
        int begin = body[first];
        if (begin == '-' && first + 1 < body.length && body[first + 1] == '-') {
            throw ApiException.malformed("this takes one input and no form: curl --data-binary @FILE");
        }
        if (begin == '[') {
            return input.json(body);
        }
        if ((begin >= '0' && begin <= '9') || "-+.#".indexOf(begin) >= 0) {
            return input.csv(body);
        }
        if (begin == '{') {
            throw ApiException.malformed(
                    "this takes a list of numbers; tensors by name are for /v2/models/{model}/infer");
        }
        return new Content.Encoded(body, call.type());
    }

    private Content json(byte[] body) throws ApiException {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), body)) {
            int depth = 0;
            do {
                JsonToken token = parser.nextToken();
                if (token == JsonToken.START_ARRAY) {
                    depth++;
                } else if (token == JsonToken.END_ARRAY) {
                    depth--;
                } else if (token != null && token.isNumeric()) {
                    add(parser.getFloatValue());
                } else {
                    throw ApiException.malformed("a list of numbers has numbers and lists of numbers in it");
                }
            } while (depth > 0);
            if (parser.nextToken() != null) {
                throw ApiException.malformed("something follows after the list of numbers");
            }
        } catch (JacksonException e) {
            throw ApiException.malformed("this is no JSON list of numbers: " + e.getOriginalMessage());
        }
        return values();
    }

    private Content csv(byte[] body) throws ApiException {
        String text = new String(body, StandardCharsets.UTF_8);
        for (String line : text.split("\n", -1)) {
            if (line.startsWith("#")) {
                continue;
            }
            for (String number : line.strip().split("[,;\\s]+", -1)) {
                if (!number.isEmpty()) {
                    add(parsed(number));
                }
            }
        }
        return values();
    }

    private static float parsed(String number) throws ApiException {
        try {
            return Float.parseFloat(number);
        } catch (NumberFormatException e) {
            String head = number.length() > 20 ? number.substring(0, 20) + "…" : number;
            throw ApiException.malformed("'" + head + "' is no number");
        }
    }

    private void add(float number) throws ApiException {
        if (!Float.isFinite(number)) {
            throw ApiException.malformed("number " + (count + 1) + " is not finite");
        }
        if (count == numbers.length) {
            call.hold(4L * count);
            numbers = Arrays.copyOf(numbers, 2 * count);
        }
        numbers[count++] = number;
    }

    private Content values() throws ApiException {
        if (count == 0) {
            throw ApiException.malformed("there is no number in it");
        }
        return new Content.Values(Arrays.copyOf(numbers, count));
    }
}
