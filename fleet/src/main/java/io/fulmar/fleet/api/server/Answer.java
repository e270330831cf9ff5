package io.fulmar.fleet.api.server;

import io.fulmar.fleet.query.QueryJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * What a request is answered with.
 *
 * @param secret has something in it that is shown once, so nothing of it is kept
 * @param bytes instead of the body; null where that is a text
 *     <p>Immutable, as long as nobody writes into the array.
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
public record Answer(
        int status,
        String contentType,
        String body,
        Map<String, String> headers,
        boolean secret,
        byte @Nullable [] bytes) {
    static final String JSON = "application/json";
    static final String PROBLEM = "application/problem+json";

    public Answer {
        headers = Map.copyOf(headers);
    }

    /** One with a text. */
    Answer(int status, String contentType, String body, Map<String, String> headers, boolean secret) {
        this(status, contentType, body, headers, secret, null);
    }

    /** Writes the members of one item of a list. */
    public interface Item<T> {
        void write(JsonGenerator json, T item);
    }

    /** 200 with that JSON text. */
    public static Answer json(String text) {
        return new Answer(200, JSON, text, Map.of(), false);
    }

    /** 200 with an object whose members the caller writes. */
    public static Answer object(QueryJson.Members members) {
        return json(QueryJson.object(members));
    }

    /** 201 with what is at that address now. */
    public static Answer created(String location, QueryJson.Members members) {
        return new Answer(201, JSON, QueryJson.object(members), Map.of("Location", location), false);
    }

    /** 204. */
    public static Answer nothing() {
        return new Answer(204, JSON, "", Map.of(), false);
    }

    /** 200 with a text of another kind. */
    public static Answer text(String contentType, String text) {
        return new Answer(200, contentType, text, Map.of(), false);
    }

    /** 200 with these bytes. */
    public static Answer bytes(String contentType, byte[] bytes) {
        return new Answer(200, contentType, "", Map.of(), false, bytes);
    }

    /**
     * A page of a list.
     *
     * @param next where the following page begins; null for the last one
     */
    public static <T> Answer page(List<T> items, @Nullable String next, Item<T> writer) {
        return object(json -> {
            json.writeArrayPropertyStart("items");
            for (T item : items) {
                json.writeStartObject();
                writer.write(json, item);
                json.writeEndObject();
            }
            json.writeEndArray();
            QueryJson.text(json, "next", next);
        });
    }

    public Answer header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, contentType, body, more, secret, bytes);
    }

    /** The same with another status. */
    public Answer status(int other) {
        return new Answer(other, contentType, body, headers, secret, bytes);
    }

    /** The same, of which nothing is kept. */
    public Answer shownOnce() {
        return new Answer(status, contentType, body, headers, true, bytes);
    }

    static Answer of(Problem problem, String title) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (problem.retryAfterSeconds() > 0) {
            headers.put("Retry-After", Long.toString(problem.retryAfterSeconds()));
        }
        if (problem.status() == 401) {
            headers.put("WWW-Authenticate", "Bearer");
        }
        String body = QueryJson.object(json -> {
            json.writeStringProperty("type", "about:blank");
            json.writeStringProperty("title", title);
            json.writeNumberProperty("status", problem.status());
            json.writeStringProperty("detail", problem.detail());
            if (problem.hint() != null) {
                json.writeStringProperty("hint", problem.hint());
            }
        });
        return new Answer(problem.status(), PROBLEM, body, headers, false);
    }
}
