package io.fulmar.agent.run;

import io.fulmar.sync.wire.Receipt;
import java.util.List;

/** Hears of receipts, on the store thread, after the commit and before anything else acts on them. */
@FunctionalInterface
public interface ReceiptListener {
    /** A record and its receipt. */
    @SuppressWarnings("ArrayRecordComponent") // the bytes as recorded; compared nowhere
    record Received(Receipt receipt, byte[] record) {}

    /** All receipts of one commit. */
    void committed(List<Received> receipts, long commitWallMillis);
}
