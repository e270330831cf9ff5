package io.fulmar.agent.pipeline;

import io.fulmar.sync.wire.ModelRef;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what a pipeline's model does from the day it comes to the day it goes. Written by the pipeline's thread, thread-safe to read. */
final class Tally {
    private final ModelRef model;
    private final long frameBefore;
    private final AtomicLong frameFirst = new AtomicLong(-1);
    private final AtomicLong predictions = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final Latencies latencies = new Latencies();
    private final Map<String, AtomicLong> labels = new ConcurrentHashMap<>();
    /** When the run of now began, on the clock of {@link System#nanoTime}; 0 while there is none. */
    private final AtomicLong running = new AtomicLong();

    /** @param frameBefore the last frame that is none of this model's */
    Tally(ModelRef model, long frameBefore) {
        this.model = model;
        this.frameBefore = frameBefore;
    }

    void frame(long number) {
        if (frameFirst.getPlain() < 0) {
            frameFirst.set(number);
        }
    }

    /** The model's code is run from now on. */
    void runs(long nowNanos) {
        running.set(nowNanos | 1);
    }

    /** It has come back. */
    void ran() {
        running.lazySet(0);
    }

    void prediction(long micros, String label) {
        latencies.add(micros);
        AtomicLong known = labels.get(label);
        if (known == null) {
            String name = labels.size() < Limits.TALLIED_LABELS ? label : "others";
            known = labels.computeIfAbsent(name, absent -> new AtomicLong());
        }
        known.incrementAndGet();
        predictions.incrementAndGet();
    }

    void failure() {
        failures.incrementAndGet();
    }

    PipelineTally now(String pipeline, long nowNanos) {
        long since = running.get();
        Map<String, Long> counted = new TreeMap<>();
        labels.forEach((label, count) -> counted.put(label, count.get()));
        long first = frameFirst.get();
        return new PipelineTally(
                pipeline,
                model,
                predictions.get(),
                failures.get(),
                latencies,
                counted,
                first < 0 ? -1 : Math.max(0, first - frameBefore - 1),
                since == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, nowNanos - since)));
    }
}
