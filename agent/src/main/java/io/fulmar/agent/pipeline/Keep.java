package io.fulmar.agent.pipeline;

import io.fulmar.config.RecordSettings;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Stream;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /** @param candidate the input, where that may be kept with its prediction, which is then recorded in any case */
    void keep(
            long frame,
            Inference inference,
            Outcome outcome,
            Decision decision,
            List<String> actions,
            @Nullable Candidate candidate) {
        boolean wanted = wanted(decision);
        seen++;
        boolean recorded = decision.alarmChanged() || wanted;
        if (!recorded && candidate == null) {
            return;
        }
        Prediction prediction = prediction(frame, inference, outcome, decision, actions);
        Stream stream = decision.alarmChanged() ? Stream.ALARM : Stream.DATA;
        if (recorded) {
            counters.recordedOne();
        }
        if (candidate != null) {
            candidate.predicted(prediction, recorded);
        }
        if (recorded && candidate != null) {
            context.recorder().record(stream, prediction, candidate);
        } else if (recorded) {
            context.recorder().record(stream, prediction);
        }
    }

    private boolean wanted(Decision decision) {
        return switch (policy) {
            case RecordSettings.All _ -> true;
            case RecordSettings.Changes _ -> decision.changed();
            case RecordSettings.Every every -> seen % every.n() == 0;
        };
    }

    private Prediction prediction(
            long frame, Inference inference, Outcome outcome, Decision decision, List<String> actions) {
        return new Prediction(
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
                outcome.found());
    }
}
