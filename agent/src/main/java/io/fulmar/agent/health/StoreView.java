package io.fulmar.agent.health;

import io.fulmar.sync.outbox.Counters;
import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.wire.Stream;
import java.util.Map;

/** What the store looked like when its thread last looked, for the threads that report it. Immutable. */
public record StoreView(Map<Stream, Counters> streams, OutboxHealth health, long sizeBytes) {
    /** Before the first look. */
    public static final StoreView UNSEEN = new StoreView(Map.of(), new OutboxHealth.Healthy(), 0);

    public StoreView {
        streams = Map.copyOf(streams);
    }

    /** Rows that wait for the fleet, of all streams. */
    public long buffered() {
        return streams.values().stream().mapToLong(Counters::buffered).sum();
    }

    /** Rows that the fleet has, of all streams, since the state directory was made. */
    public long acknowledged() {
        return streams.values().stream().mapToLong(Counters::acknowledged).sum();
    }
}
