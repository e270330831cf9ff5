package io.fulmar.agent.run;

import io.fulmar.agent.io.Inlet;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.pipeline.PipelineCounters;
import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.sync.wire.ModelRef;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline thread's work: one frame after the other, asleep until the next is due; nothing while it is paused or has no
 * model. Owned by its pipeline's thread, except its counters, its flags and {@link #take}, which are thread-safe.
 */
public final class PipelineWorker implements Worker, AutoCloseable {
    private final Pipeline pipeline;
    private final Doorbell doorbell;
    private final ArrayBlockingQueue<Errand<Pipeline, ?>> errands = new ArrayBlockingQueue<>(Limits.ERRANDS);
    private volatile @Nullable LoadedModel model;
    private volatile ModelRef ref;
    private volatile String delegateTrouble;
    private volatile boolean paused;
    private volatile boolean closed;

    /**
     * @param model what the pipeline runs; the interpreter that it runs last is closed with the worker
     * @param doorbell rings when the source has something
     */
    public PipelineWorker(Pipeline pipeline, LoadedModel model, Doorbell doorbell) {
        this.pipeline = pipeline;
        this.doorbell = doorbell;
        this.model = model;
        this.ref = model.ref();
        this.delegateTrouble = delegateTrouble(model);
    }

    private static String delegateTrouble(LoadedModel model) {
        return model.interpreter().delegateMissing()
                ? "the delegate cannot run model " + model.ref().name() + ", the slower builtin kernels do"
                : "";
    }

    /** Runs another model from the next frame on, and returns the one before; on the pipeline's thread. */
    Optional<LoadedModel> exchange(LoadedModel next) {
        pipeline.exchange(next);
        Optional<LoadedModel> before = Optional.ofNullable(model);
        model = next;
        ref = next.ref();
        delegateTrouble = delegateTrouble(next);
        return before;
    }

    /** Takes no frame until it gets another model, and returns the one that it had; on the pipeline's thread. */
    Optional<LoadedModel> rest() {
        Optional<LoadedModel> before = Optional.ofNullable(model);
        model = null;
        return before;
    }

    /** Whether it waits for a model. */
    boolean rests() {
        return model == null;
    }

    @Override
    public int work(long nowNanos) {
        int done = 0;
        for (Errand<Pipeline, ?> errand = errands.poll(); errand != null; errand = errands.poll()) {
            errand.run(pipeline);
            done++;
        }
        return done + (!paused && model != null && pipeline.step(nowNanos) ? 1 : 0);
    }

    @Override
    public int niceness() {
        return switch (pipeline.priority()) {
            case HIGH -> -5;
            case NORMAL -> 0;
            case LOW -> 10;
        };
    }

    /** Takes an errand for the next step; false if there is no room. */
    boolean take(Errand<Pipeline, ?> errand) {
        return errands.offer(errand);
    }

    @Override
    public long idleNanos(long nowNanos) {
        long due = pipeline.nextDueNanos();
        return paused || rests() || due == Long.MAX_VALUE
                ? Limits.SLEEP.toNanos()
                : Math.clamp(due - nowNanos, 0, Limits.SLEEP.toNanos());
    }

    Doorbell doorbell() {
        return doorbell;
    }

    String name() {
        return pipeline.name();
    }

    ModelRef model() {
        return ref;
    }

    @Nullable
    Inlet inlet() {
        return pipeline.inlet();
    }

    PipelineCounters counters() {
        return pipeline.counters();
    }

    PipelineTally tally(long nowNanos) {
        return pipeline.tally(nowNanos);
    }

    /** Why the model does not run on the delegate that it should run on; empty if it does. */
    String delegateTrouble() {
        return delegateTrouble;
    }

    void pause(boolean value) {
        paused = value;
    }

    boolean paused() {
        return paused;
    }

    /** Whether nothing but its counters is left of it. */
    boolean closed() {
        return closed;
    }

    /** It hangs: nothing of it can be closed any more, nor will it be. */
    void leaveBehind() {
        closed = true;
    }

    /** Closes the source and the actuators, then the interpreter; once. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            pipeline.close();
        } finally {
            rest().ifPresent(last -> last.interpreter().close());
        }
    }
}
