package io.fulmar.agent.run;

import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Receipt;
import java.util.List;

/** Hears, on the store thread, of receipts after their commit and of rows that the fleet has taken over. */
public interface ReceiptListener {
    /** Hears nothing. */
    ReceiptListener NONE = new ReceiptListener() {
        @Override
        public void committed(List<Received> receipts, long commitWallMillis) {}

        @Override
        public void acknowledged(StreamState state, long wallMillis) {}
    };

    /** A record and its receipt. */
    @SuppressWarnings("ArrayRecordComponent") // the bytes as recorded; compared nowhere
    record Received(Receipt receipt, byte[] record) {}

    /** All receipts of one commit, before anything else acts on them. */
    void committed(List<Received> receipts, long commitWallMillis);

    /** The fleet has all rows of a stream up to {@link StreamState#acknowledged()}. */
    void acknowledged(StreamState state, long wallMillis);
}
