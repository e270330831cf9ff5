package io.fulmar.agent.api;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.agent.api.http.Route;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.Pipelines;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Says that what a pipeline sees and says from now on is the usual. Thread-safe. */
final class DriftRoutes {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Pipelines pipelines;

    DriftRoutes(Pipelines pipelines) {
        this.pipelines = pipelines;
    }

    List<Route> routes() {
        return List.of(Route.ownerPost("/api/v1/drift/{pipeline}/learn", this::learn));
    }

    private Reply learn(Call call) throws ApiException {
        String name = call.part("pipeline");
        if (!pipelines.names().contains(name)) {
            throw new ApiException(404, "no pipeline '" + name + "' runs");
        }
        return switch (pipelines.ask(name, it -> it.learnAnew(), PATIENCE)) {
            case Asked.Done<Boolean>(Boolean learns)
            when learns -> Reply.json(200, json -> json.writeStringProperty("pipeline", name));
            case Asked.Done<Boolean> _ ->
                throw new ApiException(
                        409,
                        "pipeline '" + name + "' learns nothing: its reference is the model's, or it is not watched");
            case Asked.NotBegun<Boolean> _, Asked.NotEnded<Boolean> _ ->
                throw new ApiException(503, "pipeline '" + name + "' has no time for it", Map.of("Retry-After", "5"));
        };
    }
}
