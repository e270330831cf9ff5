package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.metrics.FleetMetrics;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;

/** What Prometheus collects. Thread-safe. */
public final class MetricsRoutes {
    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final FleetMetrics metrics;

    public MetricsRoutes(FleetMetrics metrics) {
        this.metrics = metrics;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/metrics", Role.METRICS, call -> Answer.text(TYPE, metrics.text()));
    }
}
