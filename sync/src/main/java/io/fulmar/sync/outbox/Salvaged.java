package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.ChainHash;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a stream of a store that was set aside has been read back and delivered. Immutable.
 *
 * @param upTo the fleet has every row up to there, as a record or as a gap; 0 for nothing yet
 * @param hash the chain hash of that row; null where none is known
 * @param readBack how many records were delivered
 * @param lost how many were not readable
 * @param ranges the first of the ranges that were lost
 * @param done whether there is nothing left to deliver
 */
public record Salvaged(
        long upTo, @Nullable ChainHash hash, long readBack, long lost, List<Range> ranges, boolean done) {
    /** Nothing was read back yet. */
    public static final Salvaged NOTHING = new Salvaged(0, null, 0, 0, List.of(), false);

    public Salvaged {
        ranges = List.copyOf(ranges.subList(0, Math.min(ranges.size(), Limits.LOST_RANGES)));
    }

    /** Rows that are lost. Immutable. */
    public record Range(long first, long last) {
        @Override
        public String toString() {
            return first == last ? Long.toString(first) : first + "-" + last;
        }
    }
}
