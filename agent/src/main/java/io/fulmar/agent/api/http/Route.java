package io.fulmar.agent.api.http;

import java.io.IOException;
import java.util.List;

/**
 * A way to ask for something.
 *
 * @param path such as {@code /v2/models/{model}}, where a name in braces stands for one part
 * @param access who may use it
 *     <p>Immutable.
 */
public record Route(String method, String path, Access access, Endpoint endpoint) {
    /** Answers a request, on a thread of that request; implementations are thread-safe. */
    @FunctionalInterface
    public interface Endpoint {
        Reply answer(Call call) throws ApiException, IOException;
    }

    public static Route get(String path, Endpoint endpoint) {
        return new Route("GET", path, Access.MACHINE, endpoint);
    }

    /** One that tells nothing but whether all is well. */
    public static Route openGet(String path, Endpoint endpoint) {
        return new Route("GET", path, Access.EVERYBODY, endpoint);
    }

    public static Route post(String path, Endpoint endpoint) {
        return new Route("POST", path, Access.MACHINE, endpoint);
    }

    /** One that gives out what is the owner's alone. */
    public static Route ownerGet(String path, Endpoint endpoint) {
        return new Route("GET", path, Access.OWNER, endpoint);
    }

    /** One that changes what the device keeps. */
    public static Route ownerPost(String path, Endpoint endpoint) {
        return new Route("POST", path, Access.OWNER, endpoint);
    }

    List<String> parts() {
        return Path.parts(path);
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
