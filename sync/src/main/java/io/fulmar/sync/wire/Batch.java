package io.fulmar.sync.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive rows of one stream. A batch agrees with itself: gaps cover what they say, and a decoded batch has been
 * checked against the hash that its sender computed. Immutable.
 *
 * @param first the sequence of the first row
 * @param previous the chain hash of row {@code first - 1}; null where the sender no longer knows it, which is only
 *     possible when the first row is a gap
 */
public record Batch(
        long epoch, Stream stream, long first, @Nullable ChainHash previous, List<Row> rows) implements UplinkMessage {
    public Batch {
        rows = List.copyOf(rows);
        if (first < 1) {
            throw new IllegalArgumentException("a sequence starts at 1, not " + first);
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("a batch has at least one row");
        }
        if (previous == null && !(rows.getFirst() instanceof Row.Gap)) {
            throw new IllegalArgumentException("only a batch that begins with a gap may leave out the hash before it");
        }
        long seq = first;
        for (Row row : rows) {
            if (row instanceof Row.Gap gap && (gap.last() < seq || gap.count() != gap.last() - seq + 1)) {
                throw new IllegalArgumentException(
                        "a gap from " + seq + " to " + gap.last() + " cannot cover " + gap.count() + " rows");
            }
            if (seq > Long.MAX_VALUE - row.count()) {
                throw new IllegalArgumentException("the sequence overflows after " + seq);
            }
            seq += row.count();
        }
    }

    /** The sequence of the last row, or the last one that the last gap covers. */
    public long last() {
        long last = first - 1;
        for (Row row : rows) {
            last += row.count();
        }
        return last;
    }

    /** The chain hash of {@link #last()}. */
    public ChainHash tailHash() {
        return hashes().getLast();
    }

    /** The chain hash at the end of each row, in the order of {@link #rows()}. */
    public List<ChainHash> hashes() {
        List<ChainHash> hashes = new ArrayList<>(rows.size());
        ChainHash hash = previous;
        long seq = first;
        for (Row row : rows) {
            hash = switch (row) {
                case Row.Gap gap -> gap.hash();
                case Row.Data data -> known(hash).next(epoch, stream, seq, data.record());
            };
            hashes.add(hash);
            seq += row.count();
        }
        return hashes;
    }

    /**
     * This batch without the rows before that sequence, which must be inside of it. Where a gap covers the place of the
     * cut, the part of the gap that is left comes first and {@link #previous()} is null.
     */
    public Batch from(long seq) {
        if (seq < first || seq > last()) {
            throw new IllegalArgumentException(seq + " is not inside of " + first + " to " + last());
        }
        if (seq == first) {
            return this;
        }
        List<ChainHash> hashes = hashes();
        long at = first;
        int index = 0;
        while (at + rows.get(index).count() <= seq) {
            at += rows.get(index).count();
            index++;
        }
        List<Row> left = new ArrayList<>(rows.subList(index, rows.size()));
        if (at == seq) {
            return new Batch(epoch, stream, seq, index == 0 ? previous : hashes.get(index - 1), left);
        }
        Row.Gap gap = (Row.Gap) left.getFirst();
        left.set(0, new Row.Gap(gap.last(), gap.reason(), gap.last() - seq + 1, gap.hash()));
        return new Batch(epoch, stream, seq, null, left);
    }

    private static ChainHash known(@Nullable ChainHash hash) {
        if (hash == null) {
            throw new IllegalStateException("a batch that begins with a record knows the hash before it");
        }
        return hash;
    }
}
