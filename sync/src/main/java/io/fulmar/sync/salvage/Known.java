package io.fulmar.sync.salvage;

import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;
import java.util.Map;

/** What is known of a damaged store beside its file: its epoch, and where each stream stood. Immutable. */
public record Known(long epoch, Map<Stream, Ends> streams) {
    /** Nothing but the epoch is known of a stream. */
    public static final Ends UNKNOWN = new Ends(0, ChainHash.ZERO, 1, -1, ChainHash.ZERO);

    /**
     * The two ends of a stream. Immutable.
     *
     * @param acknowledged the last sequence that the fleet had acknowledged
     * @param firstRecord the first sequence that was held as a record; before it the store had declared gaps
     * @param tail the last sequence that is known to have been given; -1 when that is not known
     */
    public record Ends(
            long acknowledged, ChainHash acknowledgedHash, long firstRecord, long tail, ChainHash tailHash) {}

    public Known {
        streams = Map.copyOf(streams);
    }

    public Ends ends(Stream stream) {
        return streams.getOrDefault(stream, UNKNOWN);
    }
}
