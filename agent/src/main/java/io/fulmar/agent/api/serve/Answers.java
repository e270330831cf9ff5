package io.fulmar.agent.api.serve;

import io.fulmar.agent.api.http.ApiException;
import java.util.Map;

/** What a caller hears when a model gave no answer. */
public final class Answers {
    private Answers() {}

    public static ApiException of(ServeException e) {
        String message = String.valueOf(e.getMessage());
        return switch (e.kind()) {
            case UNKNOWN -> new ApiException(404, message);
            case UNSUITABLE -> ApiException.malformed(message);
            case FULL -> ApiException.busy(message, e.retrySeconds());
            case LATE -> new ApiException(503, message, Map.of("Retry-After", "1"));
            case UNAVAILABLE -> new ApiException(503, message);
            case FAILED -> new ApiException(500, message);
        };
    }
}
