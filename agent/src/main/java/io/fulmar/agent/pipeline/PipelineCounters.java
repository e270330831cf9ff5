package io.fulmar.agent.pipeline;

import io.fulmar.agent.drift.DriftView;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.sync.wire.Found;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** What a pipeline has done so far, for whoever reports it. Written by the pipeline's thread, thread-safe to read. */
public final class PipelineCounters {
    private final AtomicLong frames = new AtomicLong();
    private final AtomicLong predictions = new AtomicLong();
    private final AtomicLong recorded = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong sourceFailures = new AtomicLong();
    private final AtomicLong frameNanos = new AtomicLong(System.nanoTime());
    private final AtomicReference<SourceTally> source = new AtomicReference<>(SourceTally.NOTHING);
    private final AtomicLong lateFrames = new AtomicLong();
    private final AtomicReference<String> lastFailure = new AtomicReference<>("");
    private final AtomicReference<DriftView> drift = new AtomicReference<>(DriftView.OFF);
    private final AtomicLong alarms = new AtomicLong();
    private final AtomicLong lastInferMicros = new AtomicLong();
    private final AtomicInteger lastScore = new AtomicInteger();
    private final AtomicReference<String> lastLabel = new AtomicReference<>("");
    private final AtomicReference<Found> lastFound = new AtomicReference<>(Found.NOTHING);

    /** Frames read from the source, those that failed included. */
    public long frames() {
        return frames.get();
    }

    /** Frames that the model has judged. */
    public long predictions() {
        return predictions.get();
    }

    /** Predictions handed to the recorder. */
    public long recorded() {
        return recorded.get();
    }

    /** Stages that failed, also those that were not recorded one by one. */
    public long failures() {
        return failures.get();
    }

    /** Frames that the source failed to give. */
    public long sourceFailures() {
        return sourceFailures.get();
    }

    /** How long ago the source gave a frame last, or the pipeline was opened, on the clock of {@link System#nanoTime}. */
    public Duration sinceFrame(long nowNanos) {
        return Duration.ofNanos(Math.max(0, nowNanos - frameNanos.get()));
    }

    /** What became of what came to the source from outside. */
    public SourceTally source() {
        return Objects.requireNonNull(source.get());
    }

    /** Frames that were dropped because they had waited longer than their deadline. */
    public long lateFrames() {
        return lateFrames.get();
    }

    /** The stage that failed last and why, empty if none has. */
    public String lastFailure() {
        return Objects.requireNonNullElse(lastFailure.get(), "");
    }

    /** How often an alarm was raised. */
    public long alarms() {
        return alarms.get();
    }

    public long lastInferMicros() {
        return lastInferMicros.get();
    }

    /** The label decided last, empty if there is none. */
    public String lastLabel() {
        return Objects.requireNonNullElse(lastLabel.get(), "");
    }

    /** What else the model found last. */
    public Found lastFound() {
        return Objects.requireNonNull(lastFound.get());
    }

    void found(Found found) {
        lastFound.lazySet(found);
    }

    void frame() {
        frames.incrementAndGet();
    }

    /** How sure the model was last. */
    public float lastScore() {
        return Float.intBitsToFloat(lastScore.get());
    }

    void prediction(long inferMicros, String label, float score) {
        lastScore.lazySet(Float.floatToRawIntBits(score));
        predictions.incrementAndGet();
        lastInferMicros.lazySet(inferMicros);
        lastLabel.lazySet(label);
    }

    /** How far what the model sees and says is from what it saw and said before. */
    public DriftView drift() {
        return Objects.requireNonNull(drift.get());
    }

    void drift(DriftView now) {
        drift.lazySet(now);
    }

    void recordedOne() {
        recorded.incrementAndGet();
    }

    void failure(String stage, String reason) {
        lastFailure.lazySet(stage + ": " + reason);
        failures.incrementAndGet();
    }

    void source(SourceTally tally) {
        source.lazySet(tally);
    }

    void lateFrame() {
        lateFrames.incrementAndGet();
    }

    void frameAt(long nowNanos) {
        frameNanos.lazySet(nowNanos);
    }

    void sourceFailure() {
        sourceFailures.incrementAndGet();
    }

    void alarm() {
        alarms.incrementAndGet();
    }
}
