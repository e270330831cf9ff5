package io.fulmar.agent.pipeline;

import io.fulmar.agent.drift.DriftMonitor;
import io.fulmar.agent.drift.DriftView;
import io.fulmar.config.DriftSettings;
import io.fulmar.model.drift.Baseline;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.ModelStatistics;
import io.fulmar.sync.wire.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The stage after all others: counts what the model saw and said, and records when that is no longer what it was. Owned by
 * the pipeline's thread.
 */
final class DriftWatch {
    private final String pipeline;
    private final DriftSettings settings;
    private final PipelineContext context;
    private final PipelineCounters counters;
    private @Nullable DriftMonitor monitor;
    private ModelRef model;
    private Baseline given = Baseline.NONE;
    private boolean classifies;
    private int inputs;

    DriftWatch(
            String pipeline,
            DriftSettings settings,
            PipelineContext context,
            PipelineCounters counters,
            ModelRef model) {
        this.pipeline = pipeline;
        this.settings = settings;
        this.context = context;
        this.counters = counters;
        this.model = model;
    }

    /** Another model makes the predictions from now on, and is given so many numbers. */
    void of(LoadedModel newModel, int newInputs, boolean newClassifies) {
        end("the pipeline has another model");
        model = newModel.ref();
        given = given(newModel.reference());
        inputs = newInputs;
        classifies = newClassifies;
        monitor = null;
        counters.drift(DriftView.OFF);
    }

    /** Labels and scores alone were meant for comparing releases on the same test, which is seldom what a device meets. */
    private Baseline given(ModelManifest.@Nullable Reference reference) {
        boolean used = switch (settings.reference()) {
            case AUTO -> reference != null && !reference.inputs().isEmpty();
            case MODEL -> true;
            case DEVICE -> false;
        };
        return used ? Baseline.of(reference) : Baseline.NONE;
    }

    private void end(String why) {
        if (monitor != null && monitor.drifting()) {
            event("drift.ended", why);
        }
    }

    /** Forgets what it has learnt, and learns again; false where nothing is learnt. */
    boolean learnAnew() {
        DriftMonitor counting = monitor;
        boolean learns = settings.enabled() && (counting == null || counting.learnsSomething());
        if (learns) {
            end("the pipeline learns anew");
            context.references().forget(pipeline);
            monitor = null;
            counters.drift(DriftView.OFF);
        }
        return learns;
    }

    /** Whether what the model sees or says is away from its reference. */
    boolean drifting() {
        return monitor != null && monitor.drifting();
    }

    void saw(long nowNanos, float[] input, Outcome outcome, Decision decision) {
        if (!settings.enabled()) {
            return;
        }
        DriftMonitor counting = monitor;
        if (counting == null) {
            Baseline kept = context.references().find(pipeline, model.sha256());
            int outputs = classifies ? 0 : outcome.scores().length;
            counting = new DriftMonitor(settings, inputs, outputs, given, kept, nowNanos);
            monitor = counting;
            counters.drift(counting.view());
        }
        String label = decision.label();
        DriftMonitor.Change change = counting.saw(
                nowNanos,
                input,
                label == null ? Integer.toString(decision.index()) : label,
                decision.score(),
                outcome.scores());
        switch (change) {
            case COUNTED -> {
                return;
            }
            case LEARNED -> context.references().keep(pipeline, model.sha256(), counting.reference());
            case MEASURED -> {}
            case REPORT -> report(nowNanos, counting);
            case BEGAN -> {
                event("drift.began", counting.view().reason());
                report(nowNanos, counting);
            }
            case ENDED -> {
                event("drift.ended", "within the limits again");
                report(nowNanos, counting);
            }
        }
        counters.drift(counting.view());
    }

    private void event(String kind, String detail) {
        context.recorder()
                .record(
                        Stream.EVENT,
                        new DeviceEvent(
                                context.stamper().now(),
                                kind,
                                pipeline + ": " + detail + " (model " + model.name() + " " + model.version() + ")"));
    }

    private void report(long nowNanos, DriftMonitor counted) {
        context.recorder()
                .record(
                        Stream.DATA,
                        new ModelStatistics(
                                context.stamper().now(),
                                pipeline,
                                model,
                                counted.reported(),
                                settings.window(),
                                counted.drifting(),
                                counted.report(nowNanos)));
    }
}
