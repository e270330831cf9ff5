package io.fulmar.fleet.api.metrics;

import io.fulmar.fleet.api.server.RequestObserver;
import io.fulmar.fleet.api.server.Route;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.query.Totals;
import io.fulmar.fleet.sink.SinkStatus;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The fleet in the words of Prometheus. Nothing has a label with as many values as there are devices. What the database says is
 * left out while it cannot be asked. Thread-safe.
 */
public final class FleetMetrics implements RequestObserver {
    private static final double[] SECONDS = {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10};
    private static final String NO_ROUTE = "none";

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer =
            PrometheusTextFormatWriter.builder().build();
    private final FleetFacts facts;
    private final Counter requests;
    private final Histogram seconds;

    public FleetMetrics(String version, FleetFacts facts) {
        this.facts = facts;
        Info build = Info.builder()
                .name("fulmar_fleet_build_info")
                .help("Which program this is.")
                .labelNames("version")
                .register(registry);
        build.setLabelValues(version);
        this.requests = Counter.builder()
                .name("fulmar_fleet_http_requests_total")
                .help("Requests that were answered.")
                .labelNames("verb", "route", "status")
                .register(registry);
        this.seconds = Histogram.builder()
                .name("fulmar_fleet_http_request_seconds")
                .help("How long they took.")
                .labelNames("route")
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
        devices();
        ingest();
        sink();
        process();
    }

    private void devices() {
        GaugeWithCallback.builder()
                .name("fulmar_fleet_devices")
                .help("Devices that were enrolled or ever heard of.")
                .labelNames("state")
                .callback(set -> {
                    Totals totals = asked(FleetFacts::totals);
                    if (totals != null) {
                        set.call((double) totals.online(), "online");
                        set.call((double) (totals.devices() - totals.online()), "offline");
                    }
                })
                .register(registry);
        GaugeWithCallback.builder()
                .name("fulmar_fleet_conditions")
                .help("Devices by what they say is wrong with them.")
                .labelNames("condition")
                .callback(set -> {
                    var conditions = asked(FleetFacts::conditions);
                    if (conditions != null) {
                        conditions.forEach((name, devices) -> set.call(devices, name));
                    }
                })
                .register(registry);
        stored("fulmar_fleet_waiting_rows", "Rows that devices have not handed over yet.", FleetFacts::waitingRows);
        stored(
                "fulmar_fleet_streams",
                "Streams of which something is stored.",
                all -> all.totals().streams());
        stored(
                "fulmar_fleet_stored_rows",
                "Rows that were stored.",
                all -> all.totals().rows());
        stored(
                "fulmar_fleet_given_up_rows",
                "Rows that devices declared as given up.",
                all -> all.totals().gapRows());
        stored(
                "fulmar_fleet_duplicate_rows",
                "Rows that came again and were not stored again.",
                all -> all.totals().duplicates());
        stored(
                "fulmar_fleet_conflicts",
                "Batches that contradicted what is stored.",
                all -> all.totals().conflicts());
    }

    /** What the database says, of the whole fleet, whichever service stored it. */
    private void stored(String name, String help, ToDoubleFunction<FleetFacts> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(set -> {
                    Double known = asked(value::applyAsDouble);
                    if (known != null) {
                        set.call(known);
                    }
                })
                .register(registry);
    }

    private void ingest() {
        flag(
                "fulmar_fleet_ingest_connected",
                "Whether this service is connected to the broker.",
                IngestStatus::connected);
        flag("fulmar_fleet_ingest_storing", "Whether its database works.", IngestStatus::storing);
        count("batches", "Batches that this service has taken since its start.", IngestStatus::batches);
        count("rows", "Rows that it has stored.", IngestStatus::rows);
        count("duplicates", "Rows that came again.", IngestStatus::duplicates);
        count("ahead", "Batches that came before rows that were missing.", IngestStatus::ahead);
        count("conflicts", "Batches that contradicted what is stored.", IngestStatus::conflicts);
        count("refused", "Messages that could not be read.", IngestStatus::refused);
        count("revoked", "Messages of devices that were revoked.", IngestStatus::revoked);
        count(
                "turned_away",
                "Messages of devices that were never enrolled, where only enrolled ones are taken.",
                IngestStatus::turnedAway);
        count("database_errors", "Failures of the database.", IngestStatus::databaseErrors);
    }

    private void flag(String name, String help, Function<IngestStatus, Boolean> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(set -> set.call(value.apply(facts.ingest()) ? 1 : 0))
                .register(registry);
    }

    private void count(String name, String help, ToDoubleFunction<IngestStatus> value) {
        CounterWithCallback.builder()
                .name("fulmar_fleet_ingest_" + name + "_total")
                .help(help)
                .callback(set -> set.call(value.applyAsDouble(facts.ingest())))
                .register(registry);
    }

    /** Only in a service that sends records on. */
    private void sink() {
        sink("fulmar_fleet_sink_working", "Whether stored records are sent on.", status -> status.working() ? 1 : 0);
        sink(
                "fulmar_fleet_sink_waiting_rows",
                "Rows that are stored and not sent on yet.",
                status -> status.waitingRows());
        sink(
                "fulmar_fleet_sink_dropped_rows",
                "Rows that were dropped by their age before they were sent on.",
                status -> status.droppedRows());
        sent("rows", "Rows that this service has sent on since its start, repeats included.", SinkStatus::sentRows);
        sent("failures", "How often it could not.", SinkStatus::failures);
    }

    /** Below zero is what is not known yet. */
    private void sink(String name, String help, ToDoubleFunction<SinkStatus> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(set -> {
                    SinkStatus status = facts.sink();
                    if (status != null && value.applyAsDouble(status) >= 0) {
                        set.call(value.applyAsDouble(status));
                    }
                })
                .register(registry);
    }

    private void sent(String name, String help, ToDoubleFunction<SinkStatus> value) {
        CounterWithCallback.builder()
                .name("fulmar_fleet_sink_" + name + "_total")
                .help(help)
                .callback(set -> {
                    SinkStatus status = facts.sink();
                    if (status != null) {
                        set.call(value.applyAsDouble(status));
                    }
                })
                .register(registry);
    }

    private void process() {
        GaugeWithCallback.builder()
                .name("fulmar_fleet_event_listeners")
                .help("Browsers that listen to events.")
                .callback(set -> set.call(facts.listeners()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("fulmar_fleet_heap_bytes")
                .help("Memory in use by the service's objects.")
                .callback(set -> set.call((double)
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("fulmar_fleet_threads")
                .help("Threads of the service.")
                .callback(set -> set.call(ManagementFactory.getThreadMXBean().getThreadCount()))
                .register(registry);
    }

    private <T> @Nullable T asked(Function<FleetFacts, T> question) {
        try {
            return question.apply(facts);
        } catch (FleetException e) {
            return null; // fulmar_fleet_ingest_storing tells it
        }
    }

    @Override
    public void answered(@Nullable Route route, int status, long nanos) {
        String path = route == null ? NO_ROUTE : route.path();
        requests.labelValues(route == null ? NO_ROUTE : route.verb().name(), path, Integer.toString(status))
                .inc();
        seconds.labelValues(path).observe(nanos / 1e9);
    }

    /** All of it as Prometheus reads it. */
    public String text() {
        var out = new ByteArrayOutputStream();
        try {
            writer.write(out, registry.scrape(), EscapingScheme.DEFAULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
