package io.fulmar.agent.pipeline;

import io.fulmar.config.RecordSettings;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Stream;
import java.util.List;

/**
 * The stage that hands predictions to the recorder: those that change an alarm to the stream {@code alarm}, of the others
 * those that the policy keeps to {@code data}. Owned by the pipeline's thread.
 */
final class Keep {
    private final String pipeline;
    private final String source;
    private ModelRef model;
    private boolean classifies;
    private final RecordSettings.Policy policy;
    private final PipelineContext context;
    private final PipelineCounters counters;
    private long seen;

    Keep(
            String pipeline,
            String source,
            ModelRef model,
            boolean classifies,
            RecordSettings.Policy policy,
            PipelineContext context,
            PipelineCounters counters) {
        this.pipeline = pipeline;
        this.source = source;
        this.model = model;
        this.classifies = classifies;
        this.policy = policy;
        this.context = context;
        this.counters = counters;
    }

    /** Another model makes the predictions from now on. */
    void of(ModelRef newModel, boolean newClassifies) {
        model = newModel;
        classifies = newClassifies;
    }

    void keep(long frame, Inference inference, Outcome outcome, Decision decision, List<String> actions) {
        boolean wanted = wanted(decision);
        seen++;
        if (decision.alarmChanged()) {
            record(Stream.ALARM, frame, inference, outcome, decision, actions);
        } else if (wanted) {
            record(Stream.DATA, frame, inference, outcome, decision, actions);
        }
    }

    private boolean wanted(Decision decision) {
        return switch (policy) {
            case RecordSettings.All _ -> true;
            case RecordSettings.Changes _ -> decision.changed();
            case RecordSettings.Every every -> seen % every.n() == 0;
        };
    }

    private void record(
            Stream stream, long frame, Inference inference, Outcome outcome, Decision decision, List<String> actions) {
        counters.recordedOne();
        context.recorder()
                .record(
                        stream,
                        new Prediction(
                                context.stamper().now(),
                                pipeline,
                                source,
                                frame,
                                model,
                                inference.digest(),
                                classifies ? decision.label() : null,
                                classifies ? decision.index() : Outcome.NO_CLASS,
                                classifies ? decision.score() : 0,
                                outcome.top(),
                                classifies ? List.of() : outcome.values(),
                                inference.micros(),
                                actions,
                                decision.alarm(),
                                context.agentVersion(),
                                outcome.found()));
    }
}
