package io.fulmar.agent.health;

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
 * Composes the status document from what the threads publish about themselves. Owned by the control thread.
 */
public final class StatusReport {
    private final String agentVersion;
    private final InstantSource wallClock;
    private final LongSupplier uptimeMillis;
    private final Supplier<List<ModelRef>> models;
    private final long quotaBytes;
    private final Supplier<StoreView> store;
    private final HealthWatch watch;

    public StatusReport(
            String agentVersion,
            InstantSource wallClock,
            LongSupplier uptimeMillis,
            Supplier<List<ModelRef>> models,
            long quotaBytes,
            Supplier<StoreView> store,
            HealthWatch watch) {
        this.agentVersion = agentVersion;
        this.wallClock = wallClock;
        this.uptimeMillis = uptimeMillis;
        this.models = models;
        this.quotaBytes = quotaBytes;
        this.store = store;
        this.watch = watch;
    }

    /** The device is there. */
    public Status online() {
        return status(true, null, watch.health(), watch.conditions());
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
