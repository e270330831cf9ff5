package io.fulmar.agent.health;

import io.fulmar.sync.outbox.Counters;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.wire.Stream;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the store looked like when its thread last looked, for the threads that report it. Immutable.
 *
 * @param boot how often the store has been opened; 0 while it could never be
 * @param damaged the files of damaged stores that were set aside and still lie there
 */
public record StoreView(
        int boot, Map<Stream, Counters> streams, OutboxHealth health, long sizeBytes, List<String> damaged) {
    public StoreView {
        streams = Map.copyOf(streams);
        damaged = List.copyOf(damaged);
    }

    /** How it looks now; for the thread that owns it. */
    public static StoreView of(Outbox outbox) {
        Map<Stream, Counters> streams = new EnumMap<>(Stream.class);
        for (Stream stream : Stream.values()) {
            streams.put(stream, outbox.counters(stream));
        }
        return new StoreView(outbox.boot(), streams, outbox.health(), outbox.sizeBytes(), outbox.damaged());
    }

    /** Rows with a receipt, of all streams, since the state directory was made. */
    public long recorded() {
        return streams.values().stream().mapToLong(Counters::recorded).sum();
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
