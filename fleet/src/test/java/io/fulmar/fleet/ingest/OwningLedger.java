package io.fulmar.fleet.ingest;

import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A ledger that closes its session. Owned by its test. */
record OwningLedger(Session session, Ledger ledger) implements Ledger {
    static OwningLedger of(Session session) {
        return new OwningLedger(session, Stepping.ledger(session));
    }

    @Override
    public List<Verdict> ingest(List<Arrival> arrivals) {
        return ledger.ingest(arrivals);
    }

    @Override
    public StreamHead head(String device, long epoch, Stream stream) {
        return ledger.head(device, epoch, stream);
    }

    @Override
    public @Nullable ChainHash hashAt(String device, long epoch, Stream stream, long seq) {
        return ledger.hashAt(device, epoch, stream, seq);
    }

    @Override
    public void close() {
        try (session) {
            ledger.close();
        }
    }
}
