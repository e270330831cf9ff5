package io.fulmar.agent.health;

import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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
    private final List<ModelRef> models;
    private final long quotaBytes;
    private final Supplier<StoreView> store;
    private final Counters counters;
    private final List<? extends PipelineView> pipelines;
    private long refusedBefore;
    private final long[] failuresBefore;
    private final long[] predictionsBefore;

    /** What the report reads of a pipeline. */
    public interface PipelineView {
        String name();

        long predictions();

        long failures();
    }

    public StatusReport(
            String agentVersion,
            InstantSource wallClock,
            LongSupplier uptimeMillis,
            List<ModelRef> models,
            long quotaBytes,
            Supplier<StoreView> store,
            Counters counters,
            List<? extends PipelineView> pipelines) {
        this.agentVersion = agentVersion;
        this.wallClock = wallClock;
        this.uptimeMillis = uptimeMillis;
        this.models = List.copyOf(models);
        this.quotaBytes = quotaBytes;
        this.store = store;
        this.counters = counters;
        this.pipelines = List.copyOf(pipelines);
        this.failuresBefore = new long[pipelines.size()];
        this.predictionsBefore = new long[pipelines.size()];
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
        int dead = 0;
        for (int i = 0; i < pipelines.size(); i++) {
            PipelineView pipeline = pipelines.get(i);
            long failures = pipeline.failures() - failuresBefore[i];
            long predictions = pipeline.predictions() - predictionsBefore[i];
            failuresBefore[i] += failures;
            predictionsBefore[i] += predictions;
            if (failures > 0) {
                faults.add("pipeline " + pipeline.name() + ": stages fail");
                dead += predictions == 0 ? 1 : 0;
            }
        }
        Status.Health health = faults.isEmpty() ? Status.Health.HEALTHY : Status.Health.DEGRADED;
        if (dead > 0 && dead == pipelines.size()) {
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
                models,
                streams,
                view.sizeBytes(),
                quotaBytes);
    }
}
