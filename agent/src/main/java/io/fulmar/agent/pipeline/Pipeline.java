package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.Inlet;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.act.Actuators;
import io.fulmar.config.ActSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.config.Processing;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Stream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Takes one frame at a time from a source to a recorded prediction: source, preprocess, infer, postprocess, decide, act,
 * record. A stage that fails is recorded and the next frame gets its chance. Owned by the pipeline's thread.
 */
public final class Pipeline implements AutoCloseable {
    private static final String SOURCE_NOTICE = "source.notice";

    private final String name;
    private final Source source;
    private Preprocess preprocess;
    private List<PreprocessSettings> preprocessing;
    private final PipelineSettings settings;
    private Inference inference;
    private Postprocess postprocess;
    private final Decide decide;
    private final Act act;
    private final Keep keep;
    private final DriftWatch drift;
    private final Sampler sampler;
    private final Failures failures;
    private final PipelineContext context;
    private final PipelineCounters counters = new PipelineCounters();
    private final AtomicReference<Tally> tally;
    private final Breadcrumbs.Slot crumb;
    private List<String> labels;
    private @Nullable FrameWatcher watcher;
    private @Nullable ModelTap tap;
    private long nowNanos;
    private boolean judged;

    private Pipeline(PipelineSettings settings, LoadedModel model, Source source, PipelineContext context) {
        this.name = settings.name();
        this.settings = settings;
        this.source = source;
        this.context = context;
        this.failures = new Failures(name, context, counters);
        this.preprocessing = model.preprocess(settings.preprocess());
        this.preprocess = Preprocess.of(name, preprocessing, source.form());
        this.inference = Inference.of(name, model, preprocess.outputSize(), preprocess.raw());
        this.postprocess =
                Postprocess.of(name, model.postprocess(settings.postprocess()), model, inference.outputSizes());
        requireAlarms(postprocess);
        this.decide = new Decide(settings.record().alarmLabels());
        this.act = new Act(name, reactions(settings.act(), context), this::failed);
        this.keep = new Keep(
                name,
                source.name(),
                model.ref(),
                postprocess.classifies(),
                settings.record().policy(),
                context,
                counters);
        requireRecordable(postprocess);
        this.drift = new DriftWatch(name, settings.drift(), context, counters, model.ref());
        drift.of(model, preprocess.outputSize(), postprocess.classifies());
        this.sampler = new Sampler(settings.samples(), context);
        sampler.of(preprocess, postprocess.classifies());
        this.tally = new AtomicReference<>(new Tally(model.ref(), source.frameNumber()));
        this.labels = model.labels();
        this.crumb = context.breadcrumbs().slot("pipeline " + name);
        crumb.of(model.ref().sha256());
    }

    private void requireRecordable(Postprocess of) {
        if (!of.classifies() && of.recorded() > Limits.RECORDED_VALUES) {
            throw new PipelineException(
                    "pipeline " + name + ": the model's output has " + of.recorded() + " values, more than the "
                            + Limits.RECORDED_VALUES + " that a record holds",
                    "add a [[pipeline.postprocess]] step such as type = \"top-k\"");
        }
    }

    private void requireAlarms(Postprocess of) {
        if (!settings.record().alarmLabels().isEmpty() && !of.names()) {
            throw new PipelineException(
                    "pipeline " + name + ": alarm_labels names labels, and no postprocess step gives any",
                    "add a [[pipeline.postprocess]] step of type = \"label\", or a model that brings one");
        }
    }

    /**
     * A pipeline over {@code source}, which it owns from now on; the interpreter stays the caller's.
     *
     * @throws PipelineException if source, steps and model do not fit together
     */
    public static Pipeline open(PipelineSettings settings, LoadedModel model, Source source, PipelineContext context) {
        return new Pipeline(settings, model, source, context);
    }

    /** Takes one frame all the way if one is due; returns whether there was one. */
    public boolean step(long now) {
        nowNanos = now;
        failures.settle(now);
        boolean judging = false;
        try {
            float[] input = prepared(null);
            if (input == null) {
                Frame frame = read();
                if (frame == null) {
                    return false;
                }
                requireInTime(now);
                sampler.came(frame.content());
                input = prepared(frame);
                if (input == null) {
                    return true;
                }
            } else {
                requireInTime(now);
            }
            long frame = source.frameNumber();
            inference.check(input);
            judging = true;
            List<float[]> outputs = inference.run(input, present(), crumb);
            judged = true;
            tapped(input, outputs);
            Outcome outcome = postprocess.apply(outputs, preprocess.view());
            Decision decision = decide.on(outcome);
            List<String> actions = act.on(frame, decision);
            Candidate candidate = sampler.judged(now, input, inputShape(), decision, drift.drifting());
            keep.keep(frame, inference, outcome, decision, actions, candidate);
            count(decision);
            counters.found(outcome.found());
            drift.saw(nowNanos, input, outcome, decision);
            show(frame, input, decision);
        } catch (StageException failure) {
            if (judging) {
                present().failure();
            }
            failed(failure);
        }
        return true;
    }

    /**
     * Runs another model from the next frame on. The source and its frame counter, what is collected for the next window
     * unless the other model brings other steps, and what was decided last go on; what the postprocessing has seen begins
     * anew.
     *
     * @throws PipelineException if the model does not fit; then nothing has changed
     */
    public void exchange(LoadedModel model) {
        List<PreprocessSettings> nextPreprocessing = model.preprocess(settings.preprocess());
        Preprocess nextPreprocess = nextPreprocessing.equals(preprocessing)
                ? preprocess
                : Preprocess.of(name, nextPreprocessing, source.form());
        Inference next = Inference.of(name, model, nextPreprocess.outputSize(), nextPreprocess.raw());
        Postprocess nextPostprocess =
                Postprocess.of(name, model.postprocess(settings.postprocess()), model, next.outputSizes());
        requireAlarms(nextPostprocess);
        requireRecordable(nextPostprocess);
        preprocessing = nextPreprocessing;
        preprocess = nextPreprocess;
        inference = next;
        judged = false;
        postprocess = nextPostprocess;
        keep.of(model.ref(), nextPostprocess.classifies());
        drift.of(model, nextPreprocess.outputSize(), nextPostprocess.classifies());
        sampler.of(nextPreprocess, nextPostprocess.classifies());
        labels = model.labels();
        tally.set(new Tally(model.ref(), source.frameNumber()));
        crumb.of(model.ref().sha256());
    }

    /** Lets the watch for drift forget what it has learnt, and learn again; false where it learns nothing. */
    public boolean learnAnew() {
        return drift.learnAnew();
    }

    /** When a step is worth while again, on the clock of {@link System#nanoTime}. */
    public long nextDueNanos() {
        return source.nextDueNanos();
    }

    public String name() {
        return name;
    }

    public PipelineSettings.Priority priority() {
        return settings.priority();
    }

    /** Where others bring frames to its source; null where that gets them itself. Thread-safe. */
    public @Nullable Inlet inlet() {
        return source.inlet();
    }

    public PipelineCounters counters() {
        return counters;
    }

    /** What the model of now has done so far. Thread-safe. */
    public PipelineTally tally(long nowNanos) {
        return present().now(name, nowNanos);
    }

    /** Whether a model with those steps would be given what the model of now is given. */
    public boolean preparesAlike(Processing.Steps steps) {
        return settings.preprocess() != null || steps.preprocess().equals(preprocessing);
    }

    /**
     * What the model was given last.
     *
     * @param frame of which that was made
     *     <p>Immutable, as long as nobody writes into the array.
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
    public record LastInput(long frame, float[] values) {}

    /** A copy of what the model of now was given last; empty before its first frame. */
    public Optional<LastInput> lastInput() {
        return judged ? Optional.of(new LastInput(source.frameNumber(), inference.given())) : Optional.empty();
    }

    /** The shape of what the model is given. */
    public int[] inputShape() {
        return inference.inputShape();
    }

    /** Lets the watcher, if it is one, see each frame from now on; it takes the place of another. */
    public void watchedBy(@Nullable FrameWatcher newWatcher) {
        watcher = newWatcher;
    }

    /** Lets it see each run of the model from now on; it takes the place of another. */
    public void tappedBy(@Nullable ModelTap newTap) {
        tap = newTap;
    }

    /** What the actuators are called, in their order. */
    public List<String> actuators() {
        return act.actuators();
    }

    /**
     * Lets one actuator act without a frame.
     *
     * @throws io.fulmar.agent.io.ActuatorException if it could not
     */
    public void actuate(int actuator, String message, float value) {
        act.order(actuator, message, value);
    }

    /** Closes the source and the actuators. */
    @Override
    public void close() {
        if (watcher != null) {
            watcher.ended();
        }
        crumb.close();
        source.close();
        act.close();
    }

    private @Nullable Frame read() {
        try {
            Frame frame = polled();
            String notice = source.notice();
            if (notice != null) {
                context.recorder()
                        .record(
                                Stream.EVENT,
                                new DeviceEvent(context.stamper().now(), SOURCE_NOTICE, name + ": " + notice));
            }
            if (frame != null) {
                frame();
                counters.frameAt(nowNanos);
            }
            return frame;
        } catch (SourceException e) {
            frame();
            counters.sourceFailure();
            throw new StageException("source", e.kind(), String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Frame polled() {
        try {
            return source.poll(nowNanos);
        } finally {
            counters.source(source.tally());
        }
    }

    /** What the model gets of that frame, or what more it gets of the one before. */
    private float @Nullable [] prepared(@Nullable Frame frame) {
        try {
            return frame == null ? preprocess.more() : preprocess.apply(frame.content());
        } catch (SeriesStep.Gap e) {
            throw e; // what came is well, and too far from what came before
        } catch (StageException e) {
            source.spoiled();
            throw e;
        }
    }

    /** What comes too late to be of use must not keep the next one waiting. */
    private void requireInTime(long now) {
        Duration deadline = settings.deadline();
        long waited = deadline == null ? 0 : now - source.frameSinceNanos(now);
        if (deadline != null && waited > deadline.toNanos()) {
            counters.lateFrame();
            source.catchUp(now);
            throw new StageException(
                    "infer",
                    "late",
                    "a frame waited " + waited / 1_000_000 + " ms, longer than its deadline of " + deadline.toMillis()
                            + " ms, and was dropped");
        }
    }

    private void tapped(float[] input, List<float[]> outputs) {
        sampler.begin();
        if (tap != null
                && !tap.ran(
                        inference.digest(),
                        input,
                        outputs.getFirst(),
                        labels,
                        inference.micros(),
                        sampler.compared(nowNanos, input, inputShape()))) {
            sampler.notCompared();
        }
    }

    private void frame() {
        counters.frame();
        present().frame(source.frameNumber());
    }

    private Tally present() {
        return Objects.requireNonNull(tally.get());
    }

    private void failed(StageException failure) {
        failures.add(nowNanos, source.frameNumber(), failure);
    }

    private void show(long frame, float[] input, Decision decision) {
        if (watcher != null) {
            watcher.judged(new Judged(
                    frame, input.clone(), decision.label(), decision.index(), decision.score(), decision.alarm()));
        }
    }

    private void count(Decision decision) {
        String label = decision.label();
        counters.prediction(inference.micros(), label == null ? "" : label, decision.score());
        present().prediction(inference.micros(), label == null ? "" : label);
        if (decision.alarm() && decision.alarmChanged()) {
            counters.alarm();
        }
    }

    private static List<Act.Reaction> reactions(List<ActSettings> settings, PipelineContext context) {
        return settings.stream()
                .map(setting -> new Act.Reaction(
                        setting.occasion(), Actuators.of(setting, context.hardware(), context.acting())))
                .toList();
    }
}
