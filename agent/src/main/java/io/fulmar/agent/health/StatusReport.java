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
    private final Conditions conditions;
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
            Conditions conditions,
            Supplier<? extends List<? extends PipelineView>> pipelines) {
        this.agentVersion = agentVersion;
        this.wallClock = wallClock;
        this.uptimeMillis = uptimeMillis;
        this.models = models;
        this.quotaBytes = quotaBytes;
        this.store = store;
        this.counters = counters;
        this.conditions = conditions;
        this.pipelines = pipelines;
    }

    /** The device is there; compares with the last call to say what went wrong since. */
    public Status online() {
        if (store.get().health() instanceof OutboxHealth.Degraded degraded) {
            conditions.raise(ConditionName.STORE_FAILED, "", degraded.reason(), degraded.hint());
        } else {
            conditions.clear(ConditionName.STORE_FAILED);
        }
        long refused = counters.get(Counter.REFUSED_QUEUE_FULL)
                + counters.get(Counter.REFUSED_STORE)
                + counters.get(Counter.REFUSED_TOO_LARGE);
        conditions.set(
                ConditionName.RECORDS_REFUSED,
                refused > refusedBefore,
                refused - refusedBefore + " records were refused since the last status");
        refusedBefore = refused;
        List<? extends PipelineView> running = pipelines.get();
        int dead = 0;
        for (PipelineView pipeline : running) {
            Seen now = new Seen(pipeline.predictions(), pipeline.failures());
            Seen before = Objects.requireNonNullElse(seenBefore.put(pipeline.name(), now), new Seen(0, 0));
            if (now.failures() > before.failures()) {
                conditions.raise(
                        ConditionName.PIPELINE_FAILING,
                        pipeline.name(),
                        "stages of pipeline " + pipeline.name() + " fail",
                        ConditionName.PIPELINE_FAILING.hint());
                dead += now.predictions() == before.predictions() ? 1 : 0;
            } else {
                conditions.clear(ConditionName.PIPELINE_FAILING, pipeline.name());
            }
        }
        List<Status.Condition> wrong = conditions.now();
        Status.Health health = wrong.isEmpty() ? Status.Health.HEALTHY : Status.Health.DEGRADED;
        if (dead > 0 && dead == running.size()) {
            health = Status.Health.FAILED;
        }
        return status(true, null, health, wrong);
    }

    /** The device is gone, for this reason: the last will, or a clean stop. */
    public Status offline(String reason) {
        return status(false, reason, Status.Health.HEALTHY, List.of());
    }

    private Status status(boolean online, @Nullable String reason, Status.Health health, List<Status.Condition> wrong) {
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
                wrong,
                models.get(),
                streams,
                view.sizeBytes(),
                quotaBytes);
    }
}
