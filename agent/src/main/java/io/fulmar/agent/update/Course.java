package io.fulmar.agent.update;

import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.sync.wire.Reported;
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
    private long wholeNanos;
    private boolean timed;
    private @Nullable ModelManifest manifest;
    private List<PipelineTally> before = List.of();
    private long sinceNanos;

    /** All its files are here. */
    void whole(long nowNanos) {
        wholeNanos = nowNanos;
        timed = true;
    }

    /** It is about to be exchanged with what runs. */
    void begins(ModelManifest of, List<PipelineTally> ran) {
        manifest = of;
        before = ran;
    }

    /** The pipelines run it. */
    void runs(long tookNanos, long nowNanos) {
        running = true;
        sinceNanos = nowNanos;
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
        return manifest;
    }

    /** What the pipelines had done with the model before. */
    List<PipelineTally> before() {
        return before;
    }

    long sinceNanos() {
        return sinceNanos;
    }
}
