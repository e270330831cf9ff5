package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.ingest.IngestStatus;
import java.util.function.Supplier;

/** Whether the service lives, and whether it can do its work: for whoever starts and stops it. Thread-safe. */
public final class HealthRoutes {
    private final Supplier<IngestStatus> ingest;

    public HealthRoutes(Supplier<IngestStatus> ingest) {
        this.ingest = ingest;
    }

    public void addTo(Router router) {
        router.open(Verb.GET, "/healthz", call -> Answer.object(json -> json.writeStringProperty("status", "ok")));
        router.open(Verb.GET, "/readyz", call -> ready());
    }

    private Answer ready() {
        IngestStatus status = ingest.get();
        return Answer.object(json -> {
                    json.writeStringProperty("status", status.healthy() ? "ready" : "not ready");
                    json.writeBooleanProperty("connected", status.connected());
                    json.writeBooleanProperty("storing", status.storing());
                })
                .status(status.healthy() ? 200 : 503);
    }
}
