package io.fulmar.agent.api.oip;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.model.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;

/**
 * Reads inference requests: a JSON object, behind which the bytes of tensors may follow. The numbers of a tensor are read when
 * its type is known, straight into its bytes. Owned by the thread of the request.
 */
final class RequestReader {
    static final String HEADER_LENGTH = "Inference-Header-Content-Length";

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Limits.DEPTH + 4)
                    .maxNameLength(Limits.TEXT_CHARS)
                    .maxStringLength(Limits.TEXT_CHARS)
                    .maxNumberLength(64)
                    .build())
            .build();

    private final Call call;
    private final byte[] body;
    private final int jsonLength;
    private int binaryFrom;

    private @Nullable String id;
    private @Nullable Duration patience;
    private boolean binary;
    private final List<Input> inputs = new ArrayList<>();
    private final List<InferRequest.WantedOutput> outputs = new ArrayList<>();

    /** An input as it stands in the JSON. */
    private static final class Input {
        private @Nullable String name;
        private @Nullable String type;
        private @Nullable List<Long> shape;
        private int dataFrom = -1;
        private int dataTo;
        private long binarySize = -1;
    }

    private RequestReader(Call call, byte[] body, int jsonLength) {
        this.call = call;
        this.body = body;
        this.jsonLength = jsonLength;
        this.binaryFrom = jsonLength;
    }

    static InferRequest read(Call call, byte[] body) throws ApiException {
        String header = call.header(HEADER_LENGTH);
        int length = header == null ? body.length : length(header, body.length);
        return new RequestReader(call, body, length).read();
    }

    private static int length(String header, int most) throws ApiException {
        try {
            int length = Integer.parseInt(header.strip());
            if (length >= 0 && length <= most) {
                return length;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw ApiException.malformed(
                HEADER_LENGTH + " is the length of the JSON object, at most that of the body: " + most);
    }

    private InferRequest read() throws ApiException {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), body, 0, jsonLength)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw ApiException.malformed("the request is not a JSON object");
            }
            request(parser);
            if (parser.nextToken() != null) {
                throw ApiException.malformed("something follows after the JSON object; the length of a JSON object with"
                        + " binary data behind it stands in " + HEADER_LENGTH);
            }
        } catch (JacksonException e) {
            throw notJson(e);
        }
        List<TensorData> tensors = new ArrayList<>();
        for (Input input : inputs) {
            tensors.add(tensor(input));
        }
        if (binaryFrom != body.length) {
            throw ApiException.malformed((body.length - binaryFrom) + " bytes of the body belong to no input");
        }
        return new InferRequest(id, patience, tensors, outputs, binary);
    }

    private static ApiException notJson(JacksonException e) {
        return ApiException.malformed("the request is not valid JSON: " + Json.oneLine(e.getOriginalMessage()));
    }

    private void request(JsonParser parser) throws ApiException {
        boolean some = false;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            switch (name) {
                case "id" -> id = text(parser, token, "id");
                case "parameters" -> parameters(parser, token);
                case "inputs" -> {
                    some = true;
                    objects(parser, token, "inputs", () -> inputs.add(input(parser)));
                }
                case "outputs" -> objects(parser, token, "outputs", () -> outputs.add(output(parser)));
                default -> parser.skipChildren(); // extensions that are not known here
            }
        }
        if (!some || inputs.isEmpty()) {
            throw ApiException.malformed("the request has no \"inputs\"");
        }
    }

    /** Reads one object of a list, at whose beginning the parser stands. */
    private interface Entry {
        void read() throws ApiException;
    }

    private static void objects(JsonParser parser, JsonToken token, String what, Entry entry) throws ApiException {
        if (token != JsonToken.START_ARRAY) {
            throw ApiException.malformed("\"" + what + "\" is a list of objects");
        }
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT || ++count > Limits.ENTRIES) {
                throw ApiException.malformed("\"" + what + "\" is a list of at most " + Limits.ENTRIES + " objects");
            }
            entry.read();
        }
    }

    private void parameters(JsonParser parser, JsonToken token) throws ApiException {
        each(parser, token, name -> {
            switch (name) {
                case "binary_data_output" -> binary = flag(parser, name);
                case "timeout" -> {
                    long micros = whole(parser, name);
                    patience = micros == 0 ? null : Duration.ofNanos(Math.multiplyExact(micros, 1_000L));
                }
                default -> parser.skipChildren();
            }
        });
    }

    private Input input(JsonParser parser) throws ApiException {
        Input input = new Input();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            switch (name) {
                case "name" -> input.name = text(parser, token, "name");
                case "datatype" -> input.type = text(parser, token, "datatype");
                case "shape" -> input.shape = shape(parser, token);
                case "parameters" ->
                    each(parser, token, parameter -> {
                        if (parameter.equals("binary_data_size")) {
                            input.binarySize = whole(parser, parameter);
                        } else if (parameter.startsWith("shared_memory")) {
                            throw ApiException.malformed("shared memory is not taken here; send the data");
                        } else {
                            parser.skipChildren();
                        }
                    });
                case "data" -> {
                    if (token != JsonToken.START_ARRAY) {
                        throw ApiException.malformed("\"data\" of an input is a list");
                    }
                    input.dataFrom =
                            Math.toIntExact(parser.currentTokenLocation().getByteOffset());
                    parser.skipChildren();
                    input.dataTo = Math.toIntExact(parser.currentLocation().getByteOffset());
                }
                default -> parser.skipChildren();
            }
        }
        return input;
    }

    private static InferRequest.WantedOutput output(JsonParser parser) throws ApiException {
        String[] name = {null};
        Boolean[] asBytes = {null};
        long[] classes = {0};
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String property = parser.currentName();
            JsonToken token = parser.nextToken();
            switch (property) {
                case "name" -> name[0] = text(parser, token, "name");
                case "parameters" ->
                    each(parser, token, parameter -> {
                        switch (parameter) {
                            case "binary_data" -> asBytes[0] = flag(parser, parameter);
                            case "classification" -> classes[0] = whole(parser, parameter);
                            default -> parser.skipChildren();
                        }
                    });
                default -> parser.skipChildren();
            }
        }
        if (name[0] == null) {
            throw ApiException.malformed("an output has no \"name\"");
        }
        return new InferRequest.WantedOutput(name[0], asBytes[0], (int) Math.min(classes[0], Integer.MAX_VALUE));
    }

    /** Reads the value of a parameter, at which the parser stands. */
    private interface Parameter {
        void read(String name) throws ApiException;
    }

    private static void each(JsonParser parser, JsonToken token, Parameter parameter) throws ApiException {
        if (token != JsonToken.START_OBJECT) {
            throw ApiException.malformed("\"parameters\" is an object");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            parameter.read(name);
        }
    }

    private static String text(JsonParser parser, JsonToken token, String what) throws ApiException {
        if (token != JsonToken.VALUE_STRING) {
            throw ApiException.malformed("\"" + what + "\" is a text");
        }
        return parser.getString();
    }

    private static boolean flag(JsonParser parser, String what) throws ApiException {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw ApiException.malformed("\"" + what + "\" is true or false");
        };
    }

    private static long whole(JsonParser parser, String what) throws ApiException {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                && parser.getLongValue() >= 0
                && parser.getLongValue() <= Long.MAX_VALUE / 1_000) {
            return parser.getLongValue();
        }
        throw ApiException.malformed("\"" + what + "\" is a whole number");
    }

    private static List<Long> shape(JsonParser parser, JsonToken token) throws ApiException {
        if (token != JsonToken.START_ARRAY) {
            throw ApiException.malformed("\"shape\" is a list of whole numbers");
        }
        List<Long> shape = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (shape.size() == Limits.ENTRIES) {
                throw ApiException.malformed("a shape has at most " + Limits.ENTRIES + " dimensions");
            }
            shape.add(whole(parser, "shape"));
        }
        return shape;
    }

    // ---- the data

    private TensorData tensor(Input input) throws ApiException {
        String name = input.name;
        List<Long> shape = input.shape;
        if (name == null || shape == null || input.type == null) {
            throw ApiException.malformed("an input needs \"name\", \"shape\" and \"datatype\"");
        }
        Optional<DataType> named = DataType.named(input.type);
        DataType type = named.orElseThrow(
                () -> ApiException.malformed("input " + name + ": there is no datatype '" + input.type + "'"));
        if (type == DataType.BYTES) {
            throw ApiException.malformed("input " + name + ": models here take numbers, not BYTES");
        }
        long size = TensorData.elements(shape) * type.bytes();
        if (input.binarySize >= 0) {
            if (input.binarySize != size || size > body.length - binaryFrom) {
                throw ApiException.malformed("input " + name + " of " + type + " " + shape + " has " + size
                        + " bytes; binary_data_size says " + input.binarySize + ", and "
                        + (body.length - binaryFrom) + " are there");
            }
            TensorData tensor = new TensorData(name, type, shape, body, binaryFrom, (int) size);
            binaryFrom += (int) size;
            return tensor;
        }
        if (input.dataFrom < 0) {
            throw ApiException.malformed("input " + name + " has no \"data\"");
        }
        if (size / type.bytes() > input.dataTo - input.dataFrom) { // before memory is taken for it
            throw ApiException.malformed("input " + name + " has fewer values than its shape " + shape);
        }
        call.hold(size);
        byte[] bytes = new byte[(int) size];
        try (JsonParser parser =
                FACTORY.createParser(ObjectReadContext.empty(), body, input.dataFrom, input.dataTo - input.dataFrom)) {
            ElementReader.read(parser, name, type, shape, bytes);
        } catch (JacksonException e) {
            throw notJson(e);
        }
        return new TensorData(name, type, shape, bytes, 0, bytes.length);
    }
}
