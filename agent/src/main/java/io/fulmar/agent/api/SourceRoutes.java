package io.fulmar.agent.api;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.agent.api.http.Route;
import io.fulmar.agent.io.Inlet;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.run.Pipelines;
import java.io.IOException;
import java.util.List;

/** Takes frames for the pipelines whose source is whoever brings them. Thread-safe. */
final class SourceRoutes {
    private static final long AGAIN_SECONDS = 1;

    private final Pipelines pipelines;

    SourceRoutes(Pipelines pipelines) {
        this.pipelines = pipelines;
    }

    List<Route> routes() {
        return List.of(Route.post("/api/v1/sources/{pipeline}", this::push));
    }

    private Reply push(Call call) throws ApiException, IOException {
        String name = call.part("pipeline");
        Inlet inlet = pipelines.inlet(name);
        if (inlet == null) {
            throw new ApiException(
                    404,
                    pipelines.names().contains(name)
                            ? "pipeline '" + name + "' gets its frames itself; one with type = \"push\" in its source"
                                    + " takes them here"
                            : "no pipeline '" + name + "' runs");
        }
        byte[] body = call.body();
        if (body.length > inlet.maxSize()) {
            throw new ApiException(
                    413,
                    "a frame of pipeline '" + name + "' has at most " + inlet.maxSize() + " bytes; max_size sets it");
        }
        try {
            return switch (inlet.offer(body)) {
                case TAKEN -> Reply.json(202, json -> json.writeStringProperty("pipeline", name));
                case FULL ->
                    throw ApiException.busy("as many frames wait for pipeline '" + name + "' as may", AGAIN_SECONDS);
                case CLOSED -> throw new ApiException(503, "pipeline '" + name + "' is being changed");
            };
        } catch (SourceException e) {
            throw ApiException.malformed(String.valueOf(e.getMessage()));
        }
    }
}
