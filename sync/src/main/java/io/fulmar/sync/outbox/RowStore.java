package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What whoever sends rows needs of the store that holds them: the outbox of a device, or what stands for it where thousands
 * of devices are simulated. Owned by one thread.
 */
public interface RowStore {
    /** Where that stream stands. */
    StreamState state(Stream stream);

    /**
     * The rows from that sequence on, checked against the hash chain; null when there are none. Begins earlier where a
     * gap covers that sequence, and with a gap where the fleet asks for rows that it has acknowledged before.
     */
    @Nullable
    Batch read(Stream stream, long from, int maxRows, int maxBytes);

    /** Deletes what the fleet has committed, if the acknowledgement can be believed. */
    AckResult acknowledge(Acknowledge acknowledge);

    /**
     * Gives up one record that no packet can carry, as a declared gap. Only the first record that is held, since gaps are
     * what a stream begins with; says whether it was that one.
     */
    boolean giveUp(Stream stream, long seq);

    /** How many records of a stream were given up so far; only rises. */
    default long evicted(Stream stream) {
        return 0;
    }

    /** Sets the store aside and begins a new epoch, as the fleet orders when the two disagree about rows. */
    void renew(String reason);

    /**
     * Counts records of a store that was set aside and that the fleet has now: they are acknowledged and no longer
     * quarantined. To be called once for each, after it was noted that they need not be sent again.
     *
     * @return false if nothing was counted, since the disk failed
     */
    boolean readBack(Stream stream, long rows);
}
