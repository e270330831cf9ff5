package io.fulmar.agent.run;

import io.fulmar.agent.health.StatusReport.PipelineView;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.model.tflite.Interpreter;

/** A pipeline thread's work: one frame after the other, asleep until the next is due. Owned by its pipeline's thread. */
public final class PipelineWorker implements Worker, PipelineView, AutoCloseable {
    private final Pipeline pipeline;
    private final Interpreter interpreter;

    public PipelineWorker(Pipeline pipeline, Interpreter interpreter) {
        this.pipeline = pipeline;
        this.interpreter = interpreter;
    }

    @Override
    public int work(long nowNanos) {
        return pipeline.step(nowNanos) ? 1 : 0;
    }

    @Override
    public long idleNanos(long nowNanos) {
        long due = pipeline.nextDueNanos();
        return due == Long.MAX_VALUE ? Limits.SLEEP.toNanos() : Math.clamp(due - nowNanos, 0, Limits.SLEEP.toNanos());
    }

    @Override
    public String name() {
        return pipeline.name();
    }

    @Override
    public long predictions() {
        return pipeline.counters().predictions();
    }

    @Override
    public long failures() {
        return pipeline.counters().failures();
    }

    /** The label decided last. Thread-safe. */
    public String lastLabel() {
        return pipeline.counters().lastLabel();
    }

    /** Closes the source and the actuators, then the interpreter. */
    @Override
    public void close() {
        try (interpreter) {
            pipeline.close();
        }
    }
}
