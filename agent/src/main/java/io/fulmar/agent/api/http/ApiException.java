package io.fulmar.agent.api.http;

import java.util.Map;

/** A request that gets an answer other than the one it wanted: a status and what is wrong. Immutable. */
public final class ApiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> headers;

    public ApiException(int status, String message) {
        this(status, message, Map.of());
    }

    public ApiException(int status, String message, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    /** The request itself is wrong. */
    public static ApiException malformed(String message) {
        return new ApiException(400, message);
    }

    /** Too much is asked for at once; it is worth while again after that many seconds. */
    public static ApiException busy(String message, long seconds) {
        return new ApiException(429, message, Map.of("Retry-After", Long.toString(Math.max(1, seconds))));
    }

    public int status() {
        return status;
    }

    public Map<String, String> headers() {
        return headers;
    }
}
