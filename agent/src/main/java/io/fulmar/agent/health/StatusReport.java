package io.fulmar.agent.health;

import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Composes the status document from what the threads publish about themselves: what is wrong <em>now</em>, not what ever
 * was. Owned by the control thread.
 */
public final class StatusReport {
    private final String agentVersion;
    private final InstantSource wallClock;
    private final LongSupplier uptimeMillis;
    private final Supplier<List<ModelRef>> models;
    private final long quotaBytes;
    private final Supplier<StoreView> store;
    private final Counters counters;
    private final Supplier<? extends List<? extends PipelineView>> pipelines;
    private long refusedBefore;
    private final Map<String, Seen> seenBefore = new HashMap<>();

    /** What the report reads of a pipeline. */
    public interface PipelineView {
        String name();

        long predictions();

        long failures();
    }

    private record Seen(long predictions, long failures) {}

    public StatusReport(
            String agentVersion,
            InstantSource wallClock,
            LongSupplier uptimeMillis,
            Supplier<List<ModelRef>> models,
            long quotaBytes,
            Supplier<StoreView> store,
            Counters counters,
            Supplier<? extends List<? extends PipelineView>> pipelines) {
        this.agentVersion = agentVersion;
        this.wallClock = wallClock;
        this.uptimeMillis = uptimeMillis;
        this.models = models;
        this.quotaBytes = quotaBytes;
        this.store = store;
        this.counters = counters;
        this.pipelines = pipelines;
    }

    /** The device is there; compares with the last call to say what went wrong since. */
    public Status online() {
        List<String> faults = new ArrayList<>();
        if (store.get().health() instanceof OutboxHealth.Degraded degraded) {
            faults.add("store: " + degraded.reason() + " | " + degraded.hint());
        }
        long refused = counters.get(Counter.REFUSED_QUEUE_FULL)
                + counters.get(Counter.REFUSED_STORE)
                + counters.get(Counter.REFUSED_TOO_LARGE);
        if (refused > refusedBefore) {
            faults.add("store: records are refused");
        }
        refusedBefore = refused;
        List<? extends PipelineView> running = pipelines.get();
        int dead = 0;
        for (PipelineView pipeline : running) {
            Seen now = new Seen(pipeline.predictions(), pipeline.failures());
            Seen before = Objects.requireNonNullElse(seenBefore.put(pipeline.name(), now), new Seen(0, 0));
            if (now.failures() > before.failures()) {
                faults.add("pipeline " + pipeline.name() + ": stages fail");
                dead += now.predictions() == before.predictions() ? 1 : 0;
            }
        }
        Status.Health health = faults.isEmpty() ? Status.Health.HEALTHY : Status.Health.DEGRADED;
        if (dead > 0 && dead == running.size()) {
            health = Status.Health.FAILED;
        }
        return status(true, null, health, faults);
    }

    /** The device is gone, for this reason: the last will, or a clean stop. */
    public Status offline(String reason) {
        return status(false, reason, Status.Health.HEALTHY, List.of());
    }

    private Status status(boolean online, @Nullable String reason, Status.Health health, List<String> faults) {
        StoreView view = store.get();
        List<Status.StreamCounts> streams = new ArrayList<>();
        for (Stream stream : Stream.values()) {
            io.fulmar.sync.outbox.Counters it = view.streams().get(stream);
            if (it != null) {
                streams.add(new Status.StreamCounts(
                        stream,
                        it.recorded(),
                        it.acknowledged(),
                        it.buffered(),
                        it.evicted(),
                        it.quarantined(),
                        it.refused()));
            }
        }
        return new Status(
                online,
                reason,
                agentVersion,
                view.boot(),
                wallClock.millis(),
                uptimeMillis.getAsLong(),
                health,
                faults,
                models.get(),
                streams,
                view.sizeBytes(),
                quotaBytes);
    }
}
