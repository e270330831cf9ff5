package io.fulmar.agent.api;

import io.fulmar.agent.api.serve.Desk;
import io.fulmar.agent.api.serve.Histogram;
import io.fulmar.agent.api.serve.ServedModels;
import io.fulmar.agent.drift.DriftView;
import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.agent.run.Pipelines;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** What the agent counts and measures, in the words of Prometheus. Thread-safe. */
final class Metrics {
    private final LocalApi.Parts parts;
    private final ServedModels models;
    private final RequestCounts requests;

    Metrics(LocalApi.Parts parts, ServedModels models, RequestCounts requests) {
        this.parts = parts;
        this.models = models;
        this.requests = requests;
    }

    String text() {
        PrometheusText text = new PrometheusText();
        agent(text);
        outbox(text);
        pipelines(text);
        models(text);
        for (Counter counter : Counter.values()) {
            text.family("fulmar_" + counter.name().toLowerCase(Locale.ROOT) + "_total", "counter", help(counter))
                    .sample(parts.counters().get(counter));
        }
        return text.toString();
    }

    private static String help(Counter counter) {
        return "What the status document calls " + counter.name().toLowerCase(Locale.ROOT) + ".";
    }

    private void agent(PrometheusText text) {
        text.family("fulmar_build_info", "gauge", "The version of the agent.")
                .sample(1, "version", parts.version())
                .family("fulmar_uptime_seconds", "gauge", "How long the agent has been running.")
                .seconds("", parts.uptimeMillis().getAsLong() / 1e3)
                .family("fulmar_link_connected", "gauge", "Whether there is a connection to the broker.")
                .sample(parts.connected().getAsBoolean() ? 1 : 0)
                .family("fulmar_condition", "gauge", "What is wrong now, by its name in docs/conditions.md.");
        parts.conditions().now().stream().map(it -> it.name()).distinct().forEach(name -> text.sample(1, "name", name));
        Runtime java = Runtime.getRuntime();
        text.family("fulmar_heap_used_bytes", "gauge", "What the Java heap holds.")
                .sample(java.totalMemory() - java.freeMemory())
                .family("fulmar_resident_memory_bytes", "gauge", "The memory of the whole process.")
                .sample(ResidentMemory.bytes());
    }

    private void outbox(PrometheusText text) {
        StoreView store = parts.store().get();
        text.family("fulmar_outbox_bytes", "gauge", "What the store takes on the disk.")
                .sample(store.sizeBytes())
                .family("fulmar_outbox_rows_buffered", "gauge", "Rows that the fleet has not acknowledged.");
        store.streams().forEach((stream, it) -> text.sample(it.buffered(), "stream", stream.topicName()));
        text.family("fulmar_outbox_rows_total", "counter", "Rows by what became of them, since the store was made.");
        store.streams().forEach((stream, it) -> {
            text.sample(it.recorded(), "stream", stream.topicName(), "state", "recorded");
            text.sample(it.acknowledged(), "stream", stream.topicName(), "state", "acknowledged");
            text.sample(it.evicted(), "stream", stream.topicName(), "state", "evicted");
            text.sample(it.quarantined(), "stream", stream.topicName(), "state", "quarantined");
        });
    }

    private void pipelines(PrometheusText text) {
        List<Pipelines.View> views = parts.pipelines().view();
        text.family("fulmar_pipeline_predictions_total", "counter", "Frames that a model has judged.");
        views.forEach(it -> text.sample(it.predictions(), "pipeline", it.name()));
        text.family("fulmar_pipeline_failures_total", "counter", "Stages that failed, sources too.");
        views.forEach(it -> text.sample(it.failures(), "pipeline", it.name()));
        text.family("fulmar_pipeline_source_failures_total", "counter", "Frames that the source failed to give.");
        views.forEach(it -> text.sample(it.sourceFailures(), "pipeline", it.name()));
        text.family(
                "fulmar_pipeline_late_frames_total",
                "counter",
                "Frames dropped that waited longer than their deadline.");
        views.forEach(it -> text.sample(it.lateFrames(), "pipeline", it.name()));
        text.family("fulmar_pipeline_paused", "gauge", "Whether it takes no frame because somebody wants it so.");
        views.forEach(it -> text.sample(it.paused() ? 1 : 0, "pipeline", it.name()));
        sources(text, views);
        drift(text, views);
        text.family(
                "fulmar_pipeline_inference_seconds",
                "histogram",
                "How long the model took for a frame, since it came to the pipeline.");
        views.stream()
                .map(it -> it.model().name())
                .distinct()
                .flatMap(model -> parts.pipelines().tallies(model).stream())
                .forEach(it -> latencies(text, it));
    }

    private static void sources(PrometheusText text, List<Pipelines.View> views) {
        text.family("fulmar_source_frames_total", "counter", "Frames that the source has given.");
        views.forEach(it -> text.sample(it.sourceFrames(), "pipeline", it.name()));
        text.family("fulmar_source_dropped_total", "counter", "Frames that came and found no room.");
        views.forEach(it -> text.sample(it.source().dropped(), "pipeline", it.name()));
        text.family("fulmar_source_refused_total", "counter", "What came and could not be used.");
        views.forEach(it -> text.sample(it.source().refused(), "pipeline", it.name()));
        text.family("fulmar_source_restarts_total", "counter", "How often the source had to begin or connect anew.");
        views.forEach(it -> text.sample(it.source().restarts(), "pipeline", it.name()));
        text.family("fulmar_source_stale", "gauge", "Whether nothing has come for longer than it may be silent.");
        views.forEach(it -> text.sample(it.source().stale() ? 1 : 0, "pipeline", it.name()));
        text.family(
                "fulmar_source_last_frame_age_seconds",
                "gauge",
                "How long ago the last frame came, or the pipeline was opened.");
        views.forEach(it -> text.seconds("", it.sinceFrame().toMillis() / 1e3, "pipeline", it.name()));
    }

    private void drift(PrometheusText text, List<Pipelines.View> views) {
        text.family("fulmar_drift", "gauge", "Whether what the model sees or says is away from its reference.");
        views.forEach(it -> text.sample(it.drift().doing() == DriftView.Doing.DRIFTING ? 1 : 0, "pipeline", it.name()));
        text.family("fulmar_drift_psi", "gauge", "Population stability index of the last window.");
        views.forEach(it -> it.drift()
                .measured()
                .forEach(each -> text.seconds("", each.psi(), "pipeline", it.name(), "distribution", each.name())));
        text.family("fulmar_drift_ks", "gauge", "Statistic of Kolmogorov and Smirnov of the last window.");
        views.forEach(it -> it.drift()
                .measured()
                .forEach(each -> text.seconds("", each.ks(), "pipeline", it.name(), "distribution", each.name())));
    }

    private static void latencies(PrometheusText text, PipelineTally tally) {
        String[] labels = {
            "pipeline",
            tally.pipeline(),
            "model",
            tally.model().name(),
            "version",
            tally.model().version()
        };
        long count = tally.latencies().count();
        for (Histogram.Bucket bucket : new Histogram().buckets()) {
            long micros = (long) Math.min(Long.MAX_VALUE, bucket.seconds() * 1e6);
            long below = Double.isInfinite(bucket.seconds())
                    ? count
                    : Math.min(count, tally.latencies().atMost(micros));
            text.count("_bucket", below, with(labels, "le", PrometheusText.number(bucket.seconds())));
        }
        text.seconds("_sum", tally.latencies().seconds(), labels);
        text.count("_count", count, labels);
    }

    private void models(PrometheusText text) {
        text.family("fulmar_api_requests_total", "counter", "Requests to this interface.");
        requests.all()
                .forEach(
                        it -> text.sample(it.requests(), "route", it.route(), "status", Integer.toString(it.status())));
        List<Desk.View> views = models.view();
        each(text, views, "fulmar_api_queue_depth", "gauge", "Requests that wait for a model.", Desk.View::waiting);
        each(
                text,
                views,
                "fulmar_api_interpreters",
                "gauge",
                "Interpreters that are open for callers.",
                Desk.View::loaded);
        text.family("fulmar_api_inferences_total", "counter", "Requests to a model by how they ended.");
        for (Desk.View it : views) {
            text.sample(it.done(), "model", it.model(), "outcome", "done");
            text.sample(it.failed(), "model", it.model(), "outcome", "failed");
            text.sample(it.full(), "model", it.model(), "outcome", "full");
            text.sample(it.late(), "model", it.model(), "outcome", "late");
        }
        text.family("fulmar_api_inference_seconds", "histogram", "How long a model took for one input of a caller.");
        for (Desk.View it : views) {
            for (Histogram.Bucket bucket : it.latencies().buckets()) {
                text.count(
                        "_bucket", bucket.count(), "model", it.model(), "le", PrometheusText.number(bucket.seconds()));
            }
            text.seconds("_sum", it.latencies().seconds(), "model", it.model());
            text.count("_count", it.latencies().buckets().getLast().count(), "model", it.model());
        }
    }

    private static void each(
            PrometheusText text,
            List<Desk.View> views,
            String name,
            String type,
            String help,
            ToLongFunction<Desk.View> value) {
        text.family(name, type, help);
        views.forEach(it -> text.sample(value.applyAsLong(it), "model", it.model()));
    }

    private static String[] with(String[] labels, String name, String value) {
        String[] all = Arrays.copyOf(labels, labels.length + 2);
        all[labels.length] = name;
        all[labels.length + 1] = value;
        return all;
    }
}
