package io.fulmar.agent.run;

import io.fulmar.agent.drift.DriftView;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.HealthWatch.PipelineView;
import io.fulmar.agent.io.Inlet;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.pipeline.PipelineCounters;
import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Reported;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The pipelines by name, each on a thread of its own: one can be added, exchanged or removed while the others go on.
 *
 * <p>Views never wait. What changes the set is done by one caller at a time, and waits for the pipeline's step to end.
 * Thread-safe.
 */
public final class Pipelines implements AutoCloseable {
    private final Runner runner;
    private final FaultLog faults;
    private final AtomicReference<List<Slot>> slots = new AtomicReference<>(List.of());
    private boolean started;

    /** A pipeline in its place; what earlier ones of its name did is carried on, so that sums only rise. Immutable. */
    private record Slot(PipelineWorker worker, Runner.@Nullable Running running, Sums before) {
        String name() {
            return worker.name();
        }

        Slot stopped() {
            return new Slot(worker, null, before);
        }

        Sums sums() {
            return before.and(worker.counters());
        }
    }

    /** What pipelines of one name have done, one after the other. Immutable. */
    private record Sums(
            long predictions, long failures, long frames, long sourceFailures, long lateFrames, SourceTally source) {
        static final Sums NONE = new Sums(0, 0, 0, 0, 0, SourceTally.NOTHING);

        Sums and(PipelineCounters next) {
            return new Sums(
                    predictions + next.predictions(),
                    failures + next.failures(),
                    frames + next.frames() - next.sourceFailures(),
                    sourceFailures + next.sourceFailures(),
                    lateFrames + next.lateFrames(),
                    next.source().after(source));
        }
    }

    /** How one pipeline is. Immutable. */
    public record View(
            String name,
            ModelRef model,
            boolean paused,
            long predictions,
            long failures,
            long sourceFrames,
            long sourceFailures,
            SourceTally source,
            Duration sinceFrame,
            long lateFrames,
            String lastFailure,
            String delegateTrouble,
            String lastLabel,
            Found lastFound,
            float lastScore,
            long lastMicros,
            String stuck,
            DriftView drift)
            implements PipelineView {
        @Override
        public boolean sourceStale() {
            return source.stale();
        }
    }

    public Pipelines(Runner runner, FaultLog faults) {
        this.runner = runner;
        this.faults = faults;
    }

    // ---- look

    /** The names, in the order in which the pipelines were added. */
    public List<String> names() {
        return slots().stream().map(Slot::name).toList();
    }

    /** How each pipeline is. */
    public List<View> view() {
        long now = System.nanoTime();
        return slots().stream().map(slot -> view(slot, now)).toList();
    }

    private static View view(Slot slot, long nowNanos) {
        Sums sums = slot.sums();
        PipelineCounters counters = slot.worker().counters();
        return new View(
                slot.name(),
                slot.worker().model(),
                slot.worker().paused(),
                sums.predictions(),
                sums.failures(),
                sums.frames(),
                sums.sourceFailures(),
                sums.source(),
                counters.sinceFrame(nowNanos),
                sums.lateFrames(),
                counters.lastFailure(),
                slot.worker().delegateTrouble(),
                counters.lastLabel(),
                counters.lastFound(),
                counters.lastScore(),
                counters.lastInferMicros(),
                stuck(slot, nowNanos).map(Stuck::said).orElse(""),
                counters.drift());
    }

    private static Optional<Stuck> stuck(Slot slot, long nowNanos) {
        Runner.Running running = slot.running();
        if (running == null
                || slot.worker().closed()
                || running.inStep(nowNanos).compareTo(Limits.STUCK) <= 0) {
            return Optional.empty();
        }
        PipelineTally tally = slot.worker().tally(nowNanos);
        return Optional.ofNullable(Stuck.of(
                slot.name(),
                slot.worker().model(),
                !tally.inModel().isZero(),
                running.inStep(nowNanos),
                running.longestStep(),
                tally.predictions() + tally.failures() > 0));
    }

    /** The models that run. */
    public List<ModelRef> models() {
        return slots().stream()
                .map(Slot::worker)
                .filter(worker -> !worker.closed() && !worker.rests())
                .map(PipelineWorker::model)
                .distinct()
                .toList();
    }

    /** What that model has done in each pipeline that runs it, since it came to it. */
    public List<PipelineTally> tallies(String model) {
        long now = System.nanoTime();
        return slots().stream()
                .map(Slot::worker)
                .filter(worker -> !worker.closed() && worker.model().name().equals(model))
                .map(worker -> worker.tally(now))
                .toList();
    }

    /** What each pipeline does and which model it runs, for the reported state. */
    public List<Reported.Pipeline> reported() {
        return slots().stream().map(Slot::worker).map(Pipelines::reported).toList();
    }

    private static Reported.Pipeline reported(PipelineWorker worker) {
        if (worker.closed()) {
            return new Reported.Pipeline(worker.name(), Reported.Doing.FAILED, null);
        }
        if (worker.rests()) {
            return new Reported.Pipeline(worker.name(), Reported.Doing.PAUSED, null);
        }
        Reported.Doing doing = worker.paused() ? Reported.Doing.PAUSED : Reported.Doing.RUNNING;
        return new Reported.Pipeline(worker.name(), doing, worker.model());
    }

    /** Where frames are brought to that pipeline; null where none of this name takes any. */
    public @Nullable Inlet inlet(String name) {
        for (Slot slot : slots()) {
            if (slot.name().equals(name) && !slot.worker().closed()) {
                return slot.worker().inlet();
            }
        }
        return null;
    }

    /** Whether there is a pipeline of this name whose thread runs. */
    public boolean runs(String name) {
        return slots().stream()
                .anyMatch(slot -> slot.name().equals(name)
                        && slot.running() != null
                        && !slot.worker().closed());
    }

    /** Whether that pipeline takes no frame because somebody wants it so. */
    public boolean paused(String name) {
        return slots().stream()
                .anyMatch(slot -> slot.name().equals(name) && slot.worker().paused());
    }

    /** Whether the model of that pipeline has not come back from its frame for so long. */
    public boolean hangs(String name, Duration limit) {
        long now = System.nanoTime();
        return slots().stream()
                .map(Slot::worker)
                .filter(worker -> worker.name().equals(name))
                .anyMatch(worker -> worker.tally(now).inModel().compareTo(limit) >= 0);
    }

    /** The pipelines whose thread has been at one step for too long. */
    List<Stuck> stuck() {
        long now = System.nanoTime();
        return slots().stream()
                .map(slot -> stuck(slot, now))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The threads of the pipelines, but for those that hang and were left behind. */
    public List<Runner.Running> threads() {
        return slots().stream()
                .filter(slot -> !slot.worker().closed())
                .map(Slot::running)
                .filter(Objects::nonNull)
                .toList();
    }

    private List<Slot> slots() {
        return Objects.requireNonNull(slots.get());
    }

    // ---- change

    /** Starts the pipelines that were added; one that is added later starts at once. */
    public synchronized void start() {
        started = true;
        slots.set(slots().stream().map(this::running).toList());
    }

    /** Takes a pipeline, which is this object's from now on; one of the same name gives way to it and is closed. */
    public synchronized void put(PipelineWorker worker) {
        List<Slot> changed = new ArrayList<>(slots());
        for (int i = 0; i < changed.size(); i++) {
            Slot old = changed.get(i);
            if (old.name().equals(worker.name())) {
                end(old);
                worker.pause(old.worker().paused());
                changed.set(i, placed(new Slot(worker, null, old.sums())));
                slots.set(List.copyOf(changed));
                return;
            }
        }
        changed.add(placed(new Slot(worker, null, Sums.NONE)));
        slots.set(List.copyOf(changed));
    }

    /** Stops a pipeline and closes it but keeps its place, so that its memory is free for the next one of its name. */
    public synchronized void release(String name) {
        List<Slot> changed = new ArrayList<>(slots());
        for (int i = 0; i < changed.size(); i++) {
            Slot slot = changed.get(i);
            if (slot.name().equals(name)) {
                end(slot);
                changed.set(i, slot.stopped());
                slots.set(List.copyOf(changed));
            }
        }
    }

    /** Stops a pipeline and closes it; false if there is none of this name. */
    public synchronized boolean remove(String name) {
        List<Slot> changed = new ArrayList<>(slots());
        for (Slot slot : changed) {
            if (slot.name().equals(name)) {
                changed.remove(slot);
                slots.set(List.copyOf(changed));
                end(slot);
                return true;
            }
        }
        return false;
    }

    /** Lets a pipeline rest after the frame it is at; false if there is none of this name. */
    public boolean pause(String name) {
        return pause(name, true);
    }

    /** Lets a pipeline go on; false if there is none of this name. */
    public boolean resume(String name) {
        return pause(name, false);
    }

    // ---- ask

    /**
     * Lets the pipeline's own thread do something between two frames, also while it is paused, and waits for it: this long
     * for the beginning, as long again for the end. What it throws is thrown here.
     */
    public <T> Asked<T> ask(String name, Function<Pipeline, T> what, Duration limit) {
        Errand<Pipeline, T> errand = new Errand<>(what);
        for (Slot slot : slots()) {
            if (slot.name().equals(name)
                    && slot.running() != null
                    && slot.worker().take(errand)) {
                slot.running().wake();
                return errand.await(limit);
            }
        }
        return new Asked.NotBegun<>();
    }

    /**
     * Lets a pipeline run another model from its next frame on, without a pause of its source, and returns the one before,
     * if it had one, which is the caller's now as {@code next} was. A model that does not fit is thrown.
     */
    public Asked<Optional<LoadedModel>> exchange(String name, LoadedModel next, Duration limit) {
        return askWorker(name, worker -> worker.exchange(next), limit);
    }

    /** Lets a pipeline take no frame until it gets another model; the one that it had is the caller's now. */
    public Asked<Optional<LoadedModel>> rest(String name, Duration limit) {
        return askWorker(name, PipelineWorker::rest, limit);
    }

    private <T> Asked<T> askWorker(String name, Function<PipelineWorker, T> what, Duration limit) {
        for (Slot slot : slots()) {
            if (slot.name().equals(name) && !slot.worker().closed()) {
                return ask(name, pipeline -> what.apply(slot.worker()), limit);
            }
        }
        return new Asked.NotBegun<>();
    }

    private synchronized boolean pause(String name, boolean value) {
        for (Slot slot : slots()) {
            if (slot.name().equals(name)) {
                slot.worker().pause(value);
                if (slot.running() != null) {
                    slot.running().wake();
                }
                return true;
            }
        }
        return false;
    }

    private Slot placed(Slot slot) {
        return started ? running(slot) : slot;
    }

    private Slot running(Slot slot) {
        Runner.Running running = runner.start(
                "pipeline-" + slot.name(), slot.worker(), slot.worker().doorbell());
        return new Slot(slot.worker(), running, slot.before());
    }

    /** A pipeline that does not end its step is left alone with what it owns: nobody may close it under its feet. */
    private void end(Slot slot) {
        if (slot.running() != null && !slot.running().stop(Limits.STOP)) {
            faults.record(
                    "pipeline",
                    slot.name() + " did not stop within " + Limits.STOP.toSeconds() + " s and is left behind",
                    "its model or its source hangs; restart the agent");
            slot.worker().leaveBehind();
            return;
        }
        slot.worker().close();
    }

    // ---- the end

    /** Stops every pipeline and keeps it, so that nothing comes after it; false if one did not stop within the limit. */
    public synchronized boolean stop(Duration limit) {
        boolean stopped = true;
        for (Slot slot : slots().reversed()) {
            stopped &= slot.running() == null || slot.running().stop(limit);
        }
        return stopped;
    }

    /** Closes what {@link #stop} has stopped. */
    @Override
    public synchronized void close() {
        List<Slot> last = slots();
        slots.set(List.of());
        last.reversed().forEach(slot -> slot.worker().close());
    }
}
