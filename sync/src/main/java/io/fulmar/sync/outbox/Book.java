package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Stream;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The figures of one stream: where it stands and what became of its records. Rows {@code acked + 1} to {@code tail} are
 * held, first the gaps, then without a hole the records. Immutable.
 *
 * @param tail the last sequence that was given
 * @param acked the last sequence that the fleet acknowledged
 * @param acknowledged how many records were acknowledged, across epochs; so are the next three
 * @param recordedBefore how many records were written in earlier epochs
 * @param gaps at the front, in order
 */
record Book(
        Stream stream,
        long tail,
        ChainHash tailHash,
        long acked,
        ChainHash ackedHash,
        long acknowledged,
        long evicted,
        long quarantined,
        long recordedBefore,
        List<GapRow> gaps) {
    /** Bytes of {@link #write}. */
    static final int BYTES = 6 * Long.BYTES + 2 * ChainHash.BYTES;

    Book {
        gaps = List.copyOf(gaps);
    }

    static Book empty(Stream stream) {
        return new Book(stream, 0, ChainHash.ZERO, 0, ChainHash.ZERO, 0, 0, 0, 0, List.of());
    }

    /** The first sequence that is held as a record; {@code tail + 1} when none is. */
    long firstRecord() {
        return (gaps.isEmpty() ? acked : gaps.getLast().last()) + 1;
    }

    long recorded() {
        return recordedBefore + tail;
    }

    long buffered() {
        return tail - firstRecord() + 1;
    }

    boolean conserves() {
        return acked <= tail
                && firstRecord() <= tail + 1
                && recorded() == acknowledged + buffered() + evicted + quarantined;
    }

    Book appended(long newTail, ChainHash hash) {
        return new Book(
                stream, newTail, hash, acked, ackedHash, acknowledged, evicted, quarantined, recordedBefore, gaps);
    }

    Book acknowledged(long upTo, ChainHash hash) {
        return new Book(
                stream,
                tail,
                tailHash,
                upTo,
                hash,
                acknowledged + Math.max(0, upTo - firstRecord() + 1),
                evicted,
                quarantined,
                recordedBefore,
                gaps.stream().filter(gap -> gap.last() > upTo).toList());
    }

    Book evicted(long upTo, List<GapRow> newGaps) {
        return new Book(
                stream,
                tail,
                tailHash,
                acked,
                ackedHash,
                acknowledged,
                evicted + upTo - firstRecord() + 1,
                quarantined,
                recordedBefore,
                newGaps);
    }

    /** The figures with which the next epoch starts when this one is set aside. */
    Book inNextEpoch() {
        return new Book(
                stream,
                0,
                ChainHash.ZERO,
                0,
                ChainHash.ZERO,
                acknowledged,
                evicted,
                quarantined + buffered(),
                recorded(),
                List.of());
    }

    /**
     * The figures when that many records of a damaged store have reached the fleet after all. Records that nobody knew of
     * when the store was set aside count as recorded now.
     */
    Book readBack(long rows) {
        long known = Math.min(rows, quarantined);
        return new Book(
                stream,
                tail,
                tailHash,
                acked,
                ackedHash,
                acknowledged + rows,
                evicted,
                quarantined - known,
                recordedBefore + rows - known,
                gaps);
    }

    void write(ByteBuffer buffer) {
        buffer.putLong(tail).put(tailHash.bytes());
        buffer.putLong(acked).put(ackedHash.bytes());
        buffer.putLong(acknowledged).putLong(evicted).putLong(quarantined).putLong(recordedBefore);
    }

    /** What {@link #write} wrote. All gaps come back as one, of several reasons. */
    static Book read(Stream stream, ByteBuffer buffer) {
        long tail = buffer.getLong();
        ChainHash tailHash = hash(buffer);
        long acked = buffer.getLong();
        ChainHash ackedHash = hash(buffer);
        long acknowledged = buffer.getLong();
        long evicted = buffer.getLong();
        long quarantined = buffer.getLong();
        long recordedBefore = buffer.getLong();
        long buffered = recordedBefore + tail - acknowledged - evicted - quarantined;
        long firstRecord = tail - buffered + 1;
        List<GapRow> gaps = firstRecord > acked + 1
                ? List.of(new GapRow(acked + 1, firstRecord - 1, GapReason.SEVERAL, ChainHash.ZERO))
                : List.of();
        return new Book(
                stream, tail, tailHash, acked, ackedHash, acknowledged, evicted, quarantined, recordedBefore, gaps);
    }

    private static ChainHash hash(ByteBuffer buffer) {
        return new ChainHash(buffer.getLong(), buffer.getLong());
    }

    /** A gap as the store keeps it. Immutable. */
    record GapRow(long first, long last, GapReason reason, ChainHash hash) {}
}
