package io.fulmar.agent.api.http;

import java.io.IOException;
import java.util.List;

/**
 * A way to ask for something.
 *
 * @param path such as {@code /v2/models/{model}}, where a name in braces stands for one part
 * @param open whether it needs no token where others do
 *     <p>Immutable.
 */
public record Route(String method, String path, boolean open, Endpoint endpoint) {
    /** Answers a request, on a thread of that request; implementations are thread-safe. */
    @FunctionalInterface
    public interface Endpoint {
        Reply answer(Call call) throws ApiException, IOException;
    }

    public static Route get(String path, Endpoint endpoint) {
        return new Route("GET", path, false, endpoint);
    }

    /** One that tells nothing but whether all is well. */
    public static Route openGet(String path, Endpoint endpoint) {
        return new Route("GET", path, true, endpoint);
    }

    public static Route post(String path, Endpoint endpoint) {
        return new Route("POST", path, false, endpoint);
    }

    List<String> parts() {
        return Path.parts(path);
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
