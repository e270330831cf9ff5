package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
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

    /** The same when the fleet has that batch, too. Rows that it had before and forgot count once. */
    public Salvaged with(Batch batch) {
        if (batch.last() <= upTo) {
            return this;
        }
        long records = 0;
        long damaged = 0;
        List<Range> where = new ArrayList<>(ranges);
        long seq = batch.first();
        for (Row row : batch.rows()) {
            if (seq > upTo && row instanceof Row.Data) {
                records++;
            } else if (seq > upTo && row instanceof Row.Gap gap && gap.reason() == GapReason.DAMAGED) {
                damaged += gap.count();
                where.add(new Range(seq, gap.last()));
            }
            seq += row.count();
        }
        return new Salvaged(batch.last(), batch.tailHash(), readBack + records, lost + damaged, where, false);
    }

    /** The same when there is nothing left. */
    public Salvaged ended() {
        return new Salvaged(upTo, hash, readBack, lost, ranges, true);
    }

    /** The ranges that are known, and whether there are more. */
    public String rangesInWords() {
        StringJoiner words = new StringJoiner(", ");
        long told = 0;
        for (Range range : ranges) {
            words.add(range.toString());
            told += range.last() - range.first() + 1;
        }
        return told < lost ? words + ", …" : words.toString();
    }

    /** Rows that are lost. Immutable. */
    public record Range(long first, long last) {
        @Override
        public String toString() {
            return first == last ? Long.toString(first) : first + "-" + last;
        }
    }
}
