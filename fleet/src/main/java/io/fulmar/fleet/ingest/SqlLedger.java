package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.command.CommandStore;
import io.fulmar.fleet.database.Partitions;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.sample.SampleIntake;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.SampleChunk;
import io.fulmar.sync.wire.Stream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The ledger in a database. Whoever moves a stream on has locked its row first, so that of two services one waits for the
 * other and then sees what that one has stored; they lock in one order. Owned by the ingest thread, as is the session, which
 * it does not close.
 */
public final class SqlLedger implements Ledger {
    private final Session session;
    private final LedgerStatements sql;
    private final Tally tally;
    private final Partitions partitions;
    private final CommandStore commands;
    private final SampleIntake samples;

    /**
     * In that session.
     *
     * @param commands where the answers among the records go, too, in the same transaction
     * @param slot where this service adds up what it counts of all devices, so that no other waits for it
     */
    public SqlLedger(Session session, CommandStore commands, int slot) {
        this.session = session;
        this.commands = commands;
        this.partitions = new Partitions(session);
        try {
            this.sql = new LedgerStatements(session);
            this.tally = new Tally(session, slot);
            this.samples = new SampleIntake(session);
        } catch (SQLException e) {
            throw session.failed("cannot prepare the ledger", e);
        }
    }

    @Override
    public List<Verdict> ingest(List<Arrival> arrivals) {
        for (Arrival arrival : arrivals) {
            partitions.ensure(arrival.receivedMillis());
        }
        return session.transaction(arrivals.size() + " batches", in -> {
            sql.begin();
            tally.begin();
            SortedMap<StreamKey, @Nullable OpenStream> streams = lock(arrivals);
            List<Verdict> verdicts = new ArrayList<>(arrivals.size());
            for (Arrival arrival : arrivals) {
                verdicts.add(ingest(arrival, streams.get(StreamKey.of(arrival))));
            }
            for (OpenStream stream : streams.values()) {
                if (stream != null && stream.touched()) {
                    sql.advance(stream);
                }
            }
            sql.write();
            tally.write();
            return verdicts;
        });
    }

    /** Locks the streams of these arrivals; null for one that is unknown and stays so, as its first row is not there. */
    private SortedMap<StreamKey, @Nullable OpenStream> lock(List<Arrival> arrivals) throws SQLException {
        SortedMap<StreamKey, Arrival> earliest = new TreeMap<>();
        for (Arrival arrival : arrivals) {
            earliest.merge(
                    StreamKey.of(arrival),
                    arrival,
                    (a, b) -> a.batch().first() <= b.batch().first() ? a : b);
        }
        SortedMap<StreamKey, @Nullable OpenStream> streams = new TreeMap<>(sql.lock(earliest.keySet()));
        for (Map.Entry<StreamKey, Arrival> entry : earliest.entrySet()) {
            StreamKey key = entry.getKey();
            if (!streams.containsKey(key)) {
                boolean begins = entry.getValue().batch().first() <= StreamHead.START.next();
                streams.put(key, begins ? created(entry.getValue()) : null);
            }
        }
        return streams;
    }

    private @Nullable OpenStream created(Arrival arrival) throws SQLException {
        sql.create(arrival);
        StreamKey key = StreamKey.of(arrival);
        return sql.lock(List.of(key)).get(key);
    }

    private Verdict ingest(Arrival arrival, @Nullable OpenStream stream) throws SQLException {
        Batch batch = arrival.batch();
        StreamHead head = stream == null ? StreamHead.START : stream.head();
        if (stream == null || batch.first() > head.next()) {
            return new Verdict.Ahead(head);
        }
        long last = batch.last();
        if (last < head.next()) {
            ChainHash stored = last == head.next() - 1 ? head.hash() : hashAt(stream, last);
            if (stored != null && !stored.equals(batch.tailHash())) {
                return conflict(stream, arrival, "row " + last + " differs from the one that is stored");
            }
            stream.repeated(last - batch.first() + 1, arrival.receivedMillis());
            return new Verdict.Duplicate(head);
        }
        Batch fresh = batch.from(head.next());
        ChainHash before = fresh.previous();
        if (before != null && !before.equals(head.hash())) {
            return conflict(stream, arrival, "row " + (head.next() - 1) + " differs from the one that is stored");
        }
        return store(stream, fresh, head.next() - batch.first(), arrival);
    }

    private @Nullable ChainHash hashAt(OpenStream stream, long seq) throws SQLException {
        sql.write(); // the row may be among those of this transaction
        return sql.hashAt(stream.id(), seq);
    }

    private Verdict store(OpenStream stream, Batch fresh, long duplicates, Arrival arrival) throws SQLException {
        long now = arrival.receivedMillis();
        List<ChainHash> hashes = fresh.hashes();
        int rows = 0;
        long seq = fresh.first();
        for (int i = 0; i < fresh.rows().size(); i++) {
            Row row = fresh.rows().get(i);
            switch (row) {
                case Row.Data data -> {
                    DeviceRecord record = RecordColumns.decode(data.record());
                    RecordColumns columns = RecordColumns.of(record);
                    if (record instanceof CommandResult result) {
                        commands.answered(arrival.device(), result, now);
                    }
                    byte[] bytes = data.record();
                    if (record instanceof SampleChunk chunk) {
                        samples.take(arrival.device(), chunk, now);
                        bytes = Records.encode(chunk.withoutContent());
                    }
                    sql.insertRecord(stream, seq, bytes, hashes.get(i), now, columns);
                    tally.count(arrival.device(), columns, now);
                    stream.added(columns.undecodable());
                    rows++;
                }
                case Row.Gap gap -> {
                    sql.insertGap(stream, seq, gap, now);
                    stream.skipped(gap.count());
                }
            }
            seq += row.count();
        }
        var head = new StreamHead(seq, hashes.getLast());
        stream.advance(head, duplicates, now);
        return new Verdict.Stored(head, rows, Math.toIntExact(Math.min(duplicates, Integer.MAX_VALUE)));
    }

    private Verdict conflict(OpenStream stream, Arrival arrival, String reason) throws SQLException {
        sql.keepAside(stream, arrival, reason, Limits.CONFLICTS_KEPT_PER_STREAM);
        stream.contradicted(arrival.receivedMillis());
        return new Verdict.Conflict(stream.head(), reason);
    }

    @Override
    public StreamHead head(String device, long epoch, Stream stream) {
        try {
            OpenStream stored = sql.find(device, epoch, stream);
            return stored == null ? StreamHead.START : stored.head();
        } catch (SQLException e) {
            throw session.failed("cannot read how far " + device + " is stored", e);
        }
    }

    @Override
    public @Nullable ChainHash hashAt(String device, long epoch, Stream stream, long seq) {
        try {
            OpenStream stored = sql.find(device, epoch, stream);
            return stored == null ? null : sql.hashAt(stored.id(), seq);
        } catch (SQLException e) {
            throw session.failed("cannot read a row of " + device, e);
        }
    }

    @Override
    public void close() {
        try {
            sql.close();
            tally.close();
            samples.close();
        } catch (SQLException e) {
            throw session.failed("cannot close the ledger", e);
        }
    }

    /** A stream that is locked, with what the transaction adds to it so far. */
    static final class OpenStream {
        private final long id;
        private StreamHead head;
        private int rows;
        private int gaps;
        private long gapRows;
        private int undecodable;
        private long duplicates;
        private int conflicts;
        private long received = Long.MIN_VALUE;

        OpenStream(long id, StreamHead head) {
            this.id = id;
            this.head = head;
        }

        private void added(boolean unreadable) {
            rows++;
            undecodable += unreadable ? 1 : 0;
        }

        private void skipped(long count) {
            gaps++;
            gapRows += count;
        }

        private void repeated(long count, long nowMillis) {
            duplicates += count;
            received = nowMillis;
        }

        private void contradicted(long nowMillis) {
            conflicts++;
            received = nowMillis;
        }

        private void advance(StreamHead to, long again, long nowMillis) {
            head = Objects.requireNonNull(to);
            repeated(again, nowMillis);
        }

        private boolean touched() {
            return received != Long.MIN_VALUE;
        }

        long id() {
            return id;
        }

        StreamHead head() {
            return head;
        }

        int rows() {
            return rows;
        }

        int gaps() {
            return gaps;
        }

        long gapRows() {
            return gapRows;
        }

        int undecodable() {
            return undecodable;
        }

        long duplicates() {
            return duplicates;
        }

        int conflicts() {
            return conflicts;
        }

        long received() {
            return received;
        }
    }
}
