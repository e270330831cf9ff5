package io.fulmar.sync.salvage;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells the rows of one stream of a damaged store in their order, each proven by the hash chain, and a gap for what cannot be
 * proven.
 *
 * <p>A record is proven by the hash before it and either its own or, where that one rotted, its successor's. Behind a hole the chain
 * is taken up again where a row fits to the hash that the row before it has; that hash is what the gap ends with. Owned by its
 * thread.
 */
public final class StreamWalk {
    private final long epoch;
    private final Stream stream;
    private final Known.Ends ends;
    private final Candidates candidates;
    private final List<StoredRow> gaps;
    private long seq;
    private @Nullable ChainHash before;
    private @Nullable Placed held;

    StreamWalk(
            long epoch,
            Stream stream,
            Known.Ends ends,
            Candidates candidates,
            List<StoredRow> gaps,
            long from,
            @Nullable ChainHash before) {
        this.epoch = epoch;
        this.stream = stream;
        this.ends = ends;
        this.candidates = candidates;
        this.gaps = gaps;
        this.seq = from;
        this.before = before;
    }

    /** The next rows, of which there is one at least; null when there are none. */
    public @Nullable Batch next(int maxRows, long maxBytes) {
        List<Row> rows = new ArrayList<>();
        long bytes = 0;
        Placed first = null;
        while (rows.size() < maxRows) {
            Placed next = held == null ? step() : held;
            held = next;
            if (next == null) {
                break;
            }
            bytes += 40L + (next.row instanceof Row.Data data ? data.record().length : 0);
            if (bytes > maxBytes && first != null) {
                break;
            }
            first = first == null ? next : first;
            rows.add(next.row);
            held = null;
        }
        return first == null ? null : new Batch(epoch, stream, first.seq, first.before, rows);
    }

    private @Nullable Placed step() {
        if (seq <= ends.acknowledged()) {
            long count = ends.acknowledged() - seq + 1;
            return gap(ends.acknowledged(), GapReason.FORGOTTEN, count, ends.acknowledgedHash());
        }
        candidates.passed(seq - 1);
        if (before == null) {
            before = seq == ends.acknowledged() + 1 ? ends.acknowledgedHash() : proven(seq - 1);
        }
        ChainHash known =
                seq < ends.firstRecord() ? null : before; // what was given up stays so, also where a copy is left
        if (known != null) {
            for (StoredRow row : candidates.at(seq)) {
                byte[] record = row.record();
                ChainHash hash = record == null ? null : known.next(epoch, stream, seq, record);
                if (record != null && hash != null && (hash.equals(row.hash()) || leadsOn(seq, hash))) {
                    Placed placed = new Placed(seq, known, new Row.Data(record));
                    seq++;
                    before = hash;
                    return placed;
                }
            }
        }
        return hole();
    }

    /** A gap up to where the chain can be taken up again, or up to the end. */
    private @Nullable Placed hole() {
        long last = Math.max(seq, ends.firstRecord() - 1);
        ChainHash hash = proven(last);
        while (hash == null && last < Long.MAX_VALUE) {
            last = nextEnd(last);
            candidates.passed(last);
            hash = last == Long.MAX_VALUE ? null : proven(last);
        }
        if (hash == null) {
            if (seq > ends.tail()) {
                return null;
            }
            last = ends.tail();
            hash = ends.tailHash();
        }
        if (seq < ends.firstRecord() && ends.firstRecord() <= last) {
            for (StoredRow gap : gaps) {
                if (gap.last() == ends.firstRecord() - 1) {
                    return gap(gap.last(), declared(gap.last()), gap.last() - seq + 1, gap.hash());
                }
            }
        }
        return gap(last, declared(last), last - seq + 1, hash);
    }

    private Placed gap(long last, GapReason reason, long count, ChainHash hash) {
        Placed placed = new Placed(seq, before, new Row.Gap(last, reason, count, hash));
        seq = last + 1;
        before = hash;
        return placed;
    }

    /** The next sequence that the chain may be taken up behind; {@code Long.MAX_VALUE} when there is none. */
    private long nextEnd(long last) {
        long next = candidates.next(last);
        for (StoredRow gap : gaps) {
            next = gap.last() > last ? Math.min(next, gap.last()) : next;
        }
        return next;
    }

    /** The hash of that row, if it is known and the next row proves it. */
    private @Nullable ChainHash proven(long last) {
        for (StoredRow row : candidates.at(last)) {
            if (leadsOn(last, row.hash())) {
                return row.hash();
            }
        }
        for (StoredRow gap : gaps) {
            if (gap.last() == last && leadsOn(last, gap.hash())) {
                return gap.hash();
            }
        }
        return null;
    }

    /** Whether that hash of that row is the one that the next row was made with. */
    private boolean leadsOn(long last, ChainHash hash) {
        if (last == ends.tail() && hash.equals(ends.tailHash())) {
            return true;
        }
        for (StoredRow row : candidates.at(last + 1)) {
            byte[] record = row.record();
            if (record != null && hash.next(epoch, stream, last + 1, record).equals(row.hash())) {
                return true;
            }
        }
        return false;
    }

    /** What the store itself said of the rows up to there, or that they are lost by the damage. */
    private GapReason declared(long last) {
        GapReason reason = null;
        long at = seq;
        for (StoredRow gap = gapAt(at); gap != null && at <= last; gap = gapAt(at)) {
            GapReason its = reason(gap);
            reason = reason == null || reason == its ? its : GapReason.SEVERAL;
            at = gap.last() + 1;
        }
        if (reason != null && at == last + 1) {
            return reason;
        }
        return last < ends.firstRecord() ? GapReason.SEVERAL : GapReason.DAMAGED;
    }

    private @Nullable StoredRow gapAt(long first) {
        StoredRow found = null;
        for (StoredRow gap : gaps) {
            // of several versions the one that reaches farthest is the newest
            boolean better = found == null || gap.last() > found.last();
            found = gap.seq() == first && better ? gap : found;
        }
        return found;
    }

    private static GapReason reason(StoredRow gap) {
        try {
            return GapReason.of(gap.reason());
        } catch (WireException e) {
            return GapReason.SEVERAL;
        }
    }

    /** A row and where it stands. Immutable. */
    private record Placed(long seq, @Nullable ChainHash before, Row row) {}
}
