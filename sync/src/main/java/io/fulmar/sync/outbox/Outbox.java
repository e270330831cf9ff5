package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Stream;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The durable, bounded, ordered store of what the fleet has not acknowledged yet. Owned by the store thread.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Outbox implements AutoCloseable {
    private Outbox() {}

    /**
     * Opens or creates the store. A damaged store is set aside and a new one begun; a full or read-only disk gives a
     * store that is degraded and recovers in {@link #maintain()}.
     *
     * @throws OutboxException when another process has the directory
     */
    public static Outbox open(OutboxConfig config, InstantSource wallClock) {
        return open(config, wallClock, System::nanoTime);
    }

    /** The same with the monotonic clock given, for tests that step it. */
    public static Outbox open(OutboxConfig config, InstantSource wallClock, LongSupplier nanoClock) {
        throw new UnsupportedOperationException();
    }

    /** How often this store has been opened, this time included; 0 while it could never be opened. */
    public int boot() {
        throw new UnsupportedOperationException();
    }

    /**
     * Stores the drafts durably in one transaction and says for each, in their order, what became of it. Never throws
     * because of the disk.
     */
    public List<Appended> append(List<Draft> drafts) {
        throw new UnsupportedOperationException();
    }

    /**
     * The rows from that sequence on, checked against the hash chain; null when there are none. Begins earlier where a
     * gap covers that sequence, and with a gap where the fleet asks for rows that it has acknowledged before.
     */
    public @Nullable Batch read(Stream stream, long from, int maxRows, int maxBytes) {
        throw new UnsupportedOperationException();
    }

    /** Deletes what the fleet has committed, if the acknowledgement can be believed. */
    public AckResult acknowledge(Acknowledge acknowledge) {
        throw new UnsupportedOperationException();
    }

    /** Sets the store aside and begins a new epoch, as the fleet orders when the two disagree about rows. */
    public void renew(String reason) {
        throw new UnsupportedOperationException();
    }

    public StreamState state(Stream stream) {
        throw new UnsupportedOperationException();
    }

    public Counters counters(Stream stream) {
        throw new UnsupportedOperationException();
    }

    /** Bytes of the database and its write-ahead log on disk. */
    public long sizeBytes() {
        throw new UnsupportedOperationException();
    }

    /**
     * Does a bounded piece of what has to be done now and then: giving up old rows, checkpoints, giving space back,
     * recovery after the disk failed. To be called at least once a second; says how much it did.
     */
    public int maintain() {
        throw new UnsupportedOperationException();
    }

    public OutboxHealth health() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
