package io.fulmar.cli.sim;

import io.fulmar.sync.outbox.AckResult;
import io.fulmar.sync.outbox.RowStore;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The store of a simulated device: it holds numbers and hashes, and makes the bytes of a row again whenever they are sent, so
 * that ten million buffered rows take no memory. What it answers is what the outbox of a real device would. Everything is in
 * stream {@code data}. Owned by the simulation's thread.
 */
final class GeneratedStore implements RowStore {
    private final LongFunction<byte[]> rows;
    private final LongSupplier epochs;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private final Deque<byte[]> recent = new ArrayDeque<>();
    private long epoch;
    private long next = 1;
    private ChainHash tail = ChainHash.ZERO;
    private long acked;
    private ChainHash ackedHash = ChainHash.ZERO;
    private long earlier;
    private long earlierAcked;

    /** The chain hash of a row at which a batch ended. */
    private record Mark(long seq, ChainHash hash) {}

    /**
     * @param rows makes the bytes of the n-th row that this device ever records, counted from 1; the same each time
     * @param epochs draws a new epoch
     */
    GeneratedStore(LongFunction<byte[]> rows, LongSupplier epochs) {
        this.rows = rows;
        this.epochs = epochs;
        this.epoch = epochs.getAsLong();
    }

    /** Records rows until there are that many. */
    void record(long total) {
        while (recorded() < total) {
            byte[] row = made(next);
            tail = tail.next(epoch, Stream.DATA, next, row);
            next++;
            recent.add(row);
            if (recent.size() > Limits.ROWS_KEPT) {
                recent.removeFirst();
            }
        }
    }

    /** Rows that were ever recorded. */
    long recorded() {
        return earlier + next - 1;
    }

    /** How many of them the fleet has acknowledged. */
    long acknowledged() {
        return earlierAcked + acked;
    }

    /** How many of them were set aside with an epoch that the fleet has ended. */
    long setAside() {
        return earlier - earlierAcked;
    }

    /** How many are still to be delivered. */
    long buffered() {
        return next - 1 - acked;
    }

    /** The last sequence of the epoch of now that the fleet has acknowledged; 0 for none. */
    long acknowledgedSeq() {
        return acked;
    }

    /** The epoch of now. */
    long epoch() {
        return epoch;
    }

    /** The number of the row with that sequence among all that were ever recorded. */
    long number(long seq) {
        return earlier + seq;
    }

    @Override
    public StreamState state(Stream stream) {
        return stream == Stream.DATA
                ? new StreamState(epoch, stream, next, tail, acked, ackedHash, acked + 1)
                : new StreamState(epoch, stream, 1, ChainHash.ZERO, 0, ChainHash.ZERO, 1);
    }

    @Override
    public @Nullable Batch read(Stream stream, long from, int maxRows, int maxBytes) {
        if (stream != Stream.DATA || from < 1 || from >= next) {
            return null;
        }
        if (from <= acked) {
            Row forgotten = new Row.Gap(acked, GapReason.FORGOTTEN, acked - from + 1, ackedHash);
            return new Batch(epoch, stream, from, null, List.of(forgotten));
        }
        ChainHash previous = hashAt(from - 1);
        ChainHash hash = previous;
        List<Row> read = new ArrayList<>();
        long bytes = 0;
        long seq = from;
        while (seq < next && read.size() < maxRows) {
            byte[] row = made(seq);
            bytes += row.length;
            if (bytes > maxBytes && !read.isEmpty()) {
                break;
            }
            hash = hash.next(epoch, stream, seq, row);
            read.add(new Row.Data(row));
            seq++;
        }
        remember(new Mark(seq - 1, hash));
        return new Batch(epoch, stream, from, previous, read);
    }

    @Override
    public AckResult acknowledge(Acknowledge acknowledge) {
        long upTo = acknowledge.upTo();
        if (acknowledge.epoch() != epoch || acknowledge.stream() != Stream.DATA) {
            return new AckResult.Disbelieved("it is of another epoch");
        }
        if (upTo >= next) {
            return new AckResult.Disbelieved("row " + upTo + " does not exist yet");
        }
        if (upTo < acked) {
            return new AckResult.Stale("rows up to " + acked + " were acknowledged before");
        }
        if (!acknowledge.hash().equals(hashAt(upTo))) {
            return new AckResult.Disbelieved("row " + upTo + " has another hash here");
        }
        if (upTo == acked) {
            return new AckResult.Stale("row " + upTo + " was acknowledged before");
        }
        long gone = upTo - acked;
        ackedHash = acknowledge.hash();
        acked = upTo;
        while (!marks.isEmpty() && marks.getFirst().seq() <= upTo) {
            marks.removeFirst();
        }
        return new AckResult.Advanced(upTo, gone);
    }

    /** Every row is small: a broker that takes no packet of that size takes none of this device. */
    @Override
    public boolean giveUp(Stream stream, long seq) {
        return false;
    }

    @Override
    public boolean readBack(Stream stream, long count) {
        throw new IllegalStateException("a simulated store is never damaged");
    }

    @Override
    public void renew(String reason) {
        earlier += next - 1;
        earlierAcked += acked;
        epoch = epochs.getAsLong();
        next = 1;
        tail = ChainHash.ZERO;
        acked = 0;
        ackedHash = ChainHash.ZERO;
        marks.clear();
        recent.clear();
    }

    private byte[] made(long seq) {
        long behind = next - seq;
        if (behind >= 1 && behind <= recent.size()) {
            Iterator<byte[]> newest = recent.descendingIterator();
            for (long skip = behind - 1; skip > 0; skip--) {
                newest.next();
            }
            return newest.next();
        }
        return rows.apply(earlier + seq);
    }

    /** The chain hash of that row, which is acknowledged or buffered. */
    private ChainHash hashAt(long seq) {
        if (seq == next - 1) {
            return tail;
        }
        long at = acked;
        ChainHash hash = ackedHash;
        for (Iterator<Mark> newest = marks.descendingIterator(); newest.hasNext(); ) {
            Mark mark = newest.next();
            if (mark.seq() <= seq) {
                at = mark.seq();
                hash = mark.hash();
                break;
            }
        }
        while (at < seq) {
            at++;
            hash = hash.next(epoch, Stream.DATA, at, made(at));
        }
        return hash;
    }

    private void remember(Mark mark) {
        while (!marks.isEmpty() && marks.getLast().seq() >= mark.seq()) {
            marks.removeLast();
        }
        marks.add(mark);
        if (marks.size() > Limits.MARKS) {
            marks.removeFirst();
        }
    }
}
