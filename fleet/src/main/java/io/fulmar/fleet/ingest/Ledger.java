package io.fulmar.fleet.ingest;

import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the fleet keeps what devices recorded: each stream is a contiguous prefix that only grows, and each record is in it
 * once, byte for byte. A record that cannot be read is kept all the same.
 *
 * <p>Every method throws {@link io.fulmar.fleet.base.FleetException} when the database fails; the ledger is then of no
 * further use and has to be opened anew. Owned by the ingest thread.
 */
public interface Ledger extends AutoCloseable {
    /**
     * Takes batches, one after the other, in one transaction. When it returns, all that the verdicts say is on disk; when it
     * throws, nothing was stored.
     */
    List<Verdict> ingest(List<Arrival> arrivals);

    /** How far a stream is stored; {@link StreamHead#START} for an unknown one. */
    StreamHead head(String device, long epoch, Stream stream);

    /** The chain hash of one row; null where it is not known, as inside of a gap. */
    @Nullable
    ChainHash hashAt(String device, long epoch, Stream stream, long seq);

    @Override
    void close();
}
