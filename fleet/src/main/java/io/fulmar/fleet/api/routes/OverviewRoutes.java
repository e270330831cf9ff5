package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.EventStream;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.query.Totals;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** How the fleet is, in a few numbers, and what happens in it while somebody looks. Thread-safe. */
public final class OverviewRoutes {
    private final LiveFeed feed;
    private final FleetHealth health;
    private final InstantSource clock;
    private final String version;

    public OverviewRoutes(LiveFeed feed, FleetHealth health, InstantSource clock, String version) {
        this.feed = feed;
        this.health = health;
        this.clock = clock;
        this.version = version;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/api/v1/overview", Role.VIEWER, call -> overview());
        router.events("/api/v1/events", Role.VIEWER, this::subscribe);
    }

    private void subscribe(Call call, EventStream events) {
        String device = DataRoutes.device(call);
        if (!feed.subscribe(device, events)) {
            throw new Problem(503, "Too many listen to events already", "close some pages");
        }
    }

    private Answer overview() {
        List<LiveFeed.Sample> samples = feed.samples();
        Totals totals = health.totals();
        FleetHealth.View now = health.view();
        IngestStatus status = health.ingest();
        return Answer.object(json -> {
            json.writeStringProperty("version", version);
            json.writeStringProperty("now", QueryJson.time(clock.millis()));
            totals(json, totals);
            json.writeNumberProperty(
                    "perSecond", samples.isEmpty() ? 0 : samples.getLast().perSecond());
            json.writeNumberProperty("backlog", now.waitingRows());
            json.writeNumberProperty("devicesWrong", now.wrong());
            DeviceRoutes.array(json, "alarms", now.alarms(), (out, alarm) -> {
                out.writeStringProperty("device", alarm.device());
                QueryJson.condition(out, alarm.condition());
            });
            json.writeObjectPropertyStart("ingest");
            ingest(json, status);
            json.writeEndObject();
            DeviceRoutes.array(json, "history", samples, OverviewRoutes::sample);
        });
    }

    static void sample(JsonGenerator json, LiveFeed.Sample sample) {
        json.writeStringProperty("at", QueryJson.time(sample.atMillis()));
        totals(json, sample.totals());
        json.writeNumberProperty("perSecond", sample.perSecond());
    }

    private static void totals(JsonGenerator json, Totals totals) {
        json.writeNumberProperty("devices", totals.devices());
        json.writeNumberProperty("online", totals.online());
        json.writeNumberProperty("streams", totals.streams());
        json.writeNumberProperty("rows", totals.rows());
        json.writeNumberProperty("gapRows", totals.gapRows());
        json.writeNumberProperty("duplicates", totals.duplicates());
        json.writeNumberProperty("conflicts", totals.conflicts());
    }

    private static void ingest(JsonGenerator json, IngestStatus status) {
        json.writeBooleanProperty("connected", status.connected());
        json.writeBooleanProperty("storing", status.storing());
        QueryJson.text(json, "fault", status.fault());
        json.writeNumberProperty("batches", status.batches());
        json.writeNumberProperty("rows", status.rows());
        json.writeNumberProperty("duplicates", status.duplicates());
        json.writeNumberProperty("ahead", status.ahead());
        json.writeNumberProperty("conflicts", status.conflicts());
        json.writeNumberProperty("refused", status.refused());
        json.writeNumberProperty("revoked", status.revoked());
        json.writeNumberProperty("turnedAway", status.turnedAway());
        json.writeNumberProperty("databaseErrors", status.databaseErrors());
    }
}
