package io.fulmar.agent.api.http;

import io.fulmar.model.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/**
 * What a caller gets.
 *
 * @param type of the content
 * @param length of the content; -1 for one that goes on until it ends by itself
 *     <p>Immutable.
 */
public record Reply(int status, String type, Map<String, String> headers, long length, Content content) {
    private static final String JSON = "application/json";

    /** Writes itself. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    public Reply {
        headers = Map.copyOf(headers);
    }

    /** Bytes of that type, one part after the other. */
    public static Reply of(int status, String type, Map<String, String> headers, List<byte[]> parts) {
        long length = parts.stream().mapToLong(part -> part.length).sum();
        return new Reply(status, type, headers, length, out -> {
            for (byte[] part : parts) {
                out.write(part);
            }
        });
    }

    public static Reply text(String type, String text) {
        return of(200, type, Map.of(), List.of(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A JSON object with these properties. */
    public static Reply json(int status, Consumer<JsonGenerator> properties) {
        return json(status, Json.write(properties));
    }

    public static Reply json(int status, byte[] object) {
        return of(status, JSON, Map.of(), List.of(object));
    }

    /** Says what is wrong, as the Open Inference Protocol does. */
    static Reply error(ApiException wrong) {
        byte[] body = Json.write(json -> json.writeStringProperty("error", wrong.getMessage()));
        return of(wrong.status(), JSON, wrong.headers(), List.of(body));
    }
}
