package io.fulmar.agent.update;

import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.store.Attempt;
import io.fulmar.sync.wire.Reported;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What this process knows of an attempt beyond what the journal says. Owned by the update thread. */
final class Course {
    private static final long NANOS_PER_MILLI = 1_000_000;

    long done;
    long total;
    Reported.@Nullable Numbers numbers;
    long swapMillis = -1;
    long framesDropped = -1;
    boolean running;

    /** Why it is over, though the journal does not say so yet. */
    @Nullable
    String fault;

    private final String manifest;
    private final long sinceMillis;
    private final long desiredVersion;
    private boolean over;
    private boolean pausing;
    private long pauseNanos;
    private long wholeNanos;
    private boolean timed;
    private long exchangeNanos;
    private boolean exchanging;
    private @Nullable ModelManifest described;
    private List<PipelineTally> before = List.of();
    private long sinceNanos;

    Course(String manifest, long sinceMillis, long desiredVersion) {
        this.manifest = manifest;
        this.sinceMillis = sinceMillis;
        this.desiredVersion = desiredVersion;
    }

    static Course of(Attempt attempt) {
        return new Course(attempt.release().manifest(), attempt.sinceMillis(), attempt.desiredVersion());
    }

    /** Whether it is that attempt's, and that one goes on; another one of the same release is another course. */
    boolean isOf(Attempt attempt) {
        return !over
                && manifest.equals(attempt.release().manifest())
                && sinceMillis == attempt.sinceMillis()
                && desiredVersion == attempt.desiredVersion();
    }

    /** Whether it was the last attempt of that release. */
    boolean isOf(String ofManifest) {
        return manifest.equals(ofManifest);
    }

    /** Nothing is done for it until then. */
    void pause(long untilNanos) {
        pausing = true;
        pauseNanos = untilNanos;
    }

    boolean pausesUntil(long nowNanos) {
        pausing &= nowNanos - pauseNanos < 0;
        return pausing;
    }

    /** The attempt has come to its end. */
    void ends() {
        over = true;
    }

    /** All its files are here. */
    void whole(long nowNanos) {
        wholeNanos = nowNanos;
        timed = true;
    }

    /** It is about to be exchanged with what runs. */
    void begins(ModelManifest of, List<PipelineTally> ran) {
        described = of;
        before = ran;
    }

    /** How long the pipelines have had other things to do. */
    Duration waiting(long nowNanos) {
        if (!exchanging) {
            exchanging = true;
            exchangeNanos = nowNanos;
        }
        return Duration.ofNanos(nowNanos - exchangeNanos);
    }

    /** The pipelines run it, from now on. */
    void runs(long tookNanos, long nowNanos) {
        running = true;
        sinceNanos = System.nanoTime();
        swapMillis = (tookNanos + (timed ? nowNanos - wholeNanos : 0)) / NANOS_PER_MILLI;
    }

    /** Looks between which frames the models were exchanged. */
    void firstFrames(List<PipelineTally> since) {
        if (framesDropped < 0 && !since.isEmpty() && since.stream().allMatch(it -> it.framesDropped() >= 0)) {
            framesDropped =
                    since.stream().mapToLong(PipelineTally::framesDropped).sum();
        }
    }

    /** What its test has measured; -1 if this process did not test it. */
    long memoryBytes() {
        return numbers == null ? -1 : numbers.memoryBytes();
    }

    @Nullable
    ModelManifest manifest() {
        return described;
    }

    /** What the pipelines had done with the model before. */
    List<PipelineTally> before() {
        return before;
    }

    long sinceNanos() {
        return sinceNanos;
    }
}
