package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.command.CommandStore;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The ledger in SQLite. Owned by the ingest thread, as is the session, which it does not close. */
public final class SqliteLedger implements Ledger {
    private final Session session;
    private final Statements sql;
    private final CommandStore commands;

    /** @param commands where the answers among the records go, too, in the same transaction */
    public SqliteLedger(Session session, CommandStore commands) {
        this.session = session;
        this.commands = commands;
        try {
            this.sql = new Statements(session);
        } catch (SQLException e) {
            throw session.failed("cannot prepare the ledger", e);
        }
    }

    @Override
    public List<Verdict> ingest(List<Arrival> arrivals) {
        return session.transaction(arrivals.size() + " batches", in -> {
            List<Verdict> verdicts = new ArrayList<>(arrivals.size());
            for (Arrival arrival : arrivals) {
                verdicts.add(ingest(arrival));
            }
            return verdicts;
        });
    }

    private Verdict ingest(Arrival arrival) throws SQLException {
        Batch batch = arrival.batch();
        StoredStream stream = sql.find(arrival.device(), batch.epoch(), batch.stream());
        StreamHead head = stream == null ? StreamHead.START : stream.head();
        if (batch.first() > head.next()) {
            return new Verdict.Ahead(head);
        }
        if (stream == null) {
            stream = sql.create(arrival);
        }
        long last = batch.last();
        if (last < head.next()) {
            ChainHash stored = sql.hashAt(stream, last);
            if (stored != null && !stored.equals(batch.tailHash())) {
                return conflict(stream, arrival, "row " + last + " differs from the one that is stored");
            }
            sql.countDuplicates(stream, last - batch.first() + 1, arrival.receivedMillis());
            return new Verdict.Duplicate(head);
        }
        Batch fresh = batch.from(head.next());
        ChainHash before = fresh.previous();
        if (before != null && !before.equals(head.hash())) {
            return conflict(stream, arrival, "row " + (head.next() - 1) + " differs from the one that is stored");
        }
        return store(stream, fresh, head.next() - batch.first(), arrival);
    }

    private Verdict store(StoredStream stream, Batch fresh, long duplicates, Arrival arrival) throws SQLException {
        long now = arrival.receivedMillis();
        List<ChainHash> hashes = fresh.hashes();
        var added = new Added();
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
                    sql.insertRecord(stream, seq, data.record(), hashes.get(i), now, columns);
                    added.rows++;
                    added.undecodable += columns.undecodable() ? 1 : 0;
                }
                case Row.Gap gap -> {
                    sql.insertGap(stream, seq, gap, now);
                    added.gaps++;
                    added.gapRows += gap.count();
                }
            }
            seq += row.count();
        }
        var head = new StreamHead(seq, hashes.getLast());
        sql.advance(stream, head, added, duplicates, now);
        return new Verdict.Stored(head, added.rows, Math.toIntExact(Math.min(duplicates, Integer.MAX_VALUE)));
    }

    private Verdict conflict(StoredStream stream, Arrival arrival, String reason) throws SQLException {
        sql.keepAside(stream, arrival, reason);
        return new Verdict.Conflict(stream.head(), reason);
    }

    @Override
    public StreamHead head(String device, long epoch, Stream stream) {
        try {
            StoredStream stored = sql.find(device, epoch, stream);
            return stored == null ? StreamHead.START : stored.head();
        } catch (SQLException e) {
            throw session.failed("cannot read how far " + device + " is stored", e);
        }
    }

    @Override
    public @Nullable ChainHash hashAt(String device, long epoch, Stream stream, long seq) {
        try {
            StoredStream stored = sql.find(device, epoch, stream);
            return stored == null ? null : sql.hashAt(stored, seq);
        } catch (SQLException e) {
            throw session.failed("cannot read a row of " + device, e);
        }
    }

    @Override
    public void close() {
        try {
            sql.close();
        } catch (SQLException e) {
            throw session.failed("cannot close the ledger", e);
        }
    }

    /** A stream as the database knows it. */
    private record StoredStream(long id, StreamHead head) {}

    /** What one batch adds to a stream's counters. */
    private static final class Added {
        private int rows;
        private int gaps;
        private long gapRows;
        private int undecodable;
    }

    /** The prepared statements: all SQL of the ledger, and nothing else. */
    private static final class Statements {
        private final List<PreparedStatement> all = new ArrayList<>();
        private final Session session;
        private final PreparedStatement find;
        private final PreparedStatement create;
        private final PreparedStatement hashOfRecord;
        private final PreparedStatement hashOfGap;
        private final PreparedStatement insertRecord;
        private final PreparedStatement insertClock;
        private final PreparedStatement insertGap;
        private final PreparedStatement advance;
        private final PreparedStatement countDuplicates;
        private final PreparedStatement countConflict;
        private final PreparedStatement keepAside;

        Statements(Session session) throws SQLException {
            this.session = session;
            find = prepare("SELECT id, next, hash FROM stream WHERE device = ? AND epoch = ? AND name = ?");
            create = prepare("""
                    INSERT INTO stream (device, epoch, name, next, hash, first_received, last_received)
                    VALUES (?, ?, ?, 1, ?, ?, ?) RETURNING id""");
            hashOfRecord = prepare("SELECT hash FROM record WHERE stream = ? AND seq = ?");
            hashOfGap = prepare("""
                    SELECT hash FROM gap
                    WHERE stream = ?1 AND last_seq = ?2 AND first_seq =
                          (SELECT max(first_seq) FROM gap WHERE stream = ?1 AND first_seq <= ?2)""");
            insertRecord = prepare("""
                    INSERT INTO record (stream, seq, bytes, hash, received, kind, pipeline, model, version, label, score,
                                        wall_millis, uptime_millis, boot, offset_millis)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
            insertClock = prepare("""
                    INSERT OR IGNORE INTO clock (device, epoch, boot, uptime_millis, time_millis)
                    SELECT device, epoch, ?, ?, ? FROM stream WHERE id = ?""");
            insertGap = prepare("""
                    INSERT INTO gap (stream, first_seq, last_seq, reason, row_count, hash, received)
                    VALUES (?, ?, ?, ?, ?, ?, ?)""");
            advance = prepare("""
                    UPDATE stream SET next = ?, hash = ?, row_count = row_count + ?, gap_count = gap_count + ?,
                                      gap_row_count = gap_row_count + ?, undecodable = undecodable + ?,
                                      duplicates = duplicates + ?, last_received = ?
                    WHERE id = ?""");
            countDuplicates = prepare("UPDATE stream SET duplicates = duplicates + ?, last_received = ? WHERE id = ?");
            countConflict = prepare("UPDATE stream SET conflicts = conflicts + 1, last_received = ? WHERE id = ?");
            keepAside = prepare("""
                    INSERT INTO conflict (stream, first_seq, last_seq, reason, batch, encoding, received)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                    WHERE (SELECT count(*) FROM conflict WHERE stream = ?1) < ?8""");
        }

        private PreparedStatement prepare(String text) throws SQLException {
            PreparedStatement statement = session.prepare(text);
            all.add(statement);
            return statement;
        }

        @Nullable
        StoredStream find(String device, long epoch, Stream stream) throws SQLException {
            find.setString(1, device);
            find.setLong(2, epoch);
            find.setString(3, stream.topicName());
            try (ResultSet row = find.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                var head = new StreamHead(row.getLong(2), ChainHash.of(row.getBytes(3)));
                return new StoredStream(row.getLong(1), head);
            }
        }

        StoredStream create(Arrival arrival) throws SQLException {
            create.setString(1, arrival.device());
            create.setLong(2, arrival.batch().epoch());
            create.setString(3, arrival.batch().stream().topicName());
            create.setBytes(4, ChainHash.ZERO.bytes());
            create.setLong(5, arrival.receivedMillis());
            create.setLong(6, arrival.receivedMillis());
            try (ResultSet row = create.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("a new stream got no id");
                }
                return new StoredStream(row.getLong(1), StreamHead.START);
            }
        }

        @Nullable
        ChainHash hashAt(StoredStream stream, long seq) throws SQLException {
            ChainHash hash = hash(hashOfRecord, stream, seq);
            return hash == null ? hash(hashOfGap, stream, seq) : hash;
        }

        private static @Nullable ChainHash hash(PreparedStatement query, StoredStream stream, long seq)
                throws SQLException {
            query.setLong(1, stream.id());
            query.setLong(2, seq);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? ChainHash.of(row.getBytes(1)) : null;
            }
        }

        void insertRecord(StoredStream stream, long seq, byte[] bytes, ChainHash hash, long now, RecordColumns columns)
                throws SQLException {
            insertRecord.setLong(1, stream.id());
            insertRecord.setLong(2, seq);
            insertRecord.setBytes(3, bytes);
            insertRecord.setBytes(4, hash.bytes());
            insertRecord.setLong(5, now);
            insertRecord.setString(6, columns.kind());
            insertRecord.setString(7, columns.pipeline());
            insertRecord.setString(8, columns.model());
            insertRecord.setString(9, columns.version());
            insertRecord.setString(10, columns.label());
            insertRecord.setObject(11, columns.score(), Types.REAL);
            Stamp at = columns.at();
            insertRecord.setObject(12, at == null ? null : at.wallMillis(), Types.BIGINT);
            insertRecord.setObject(13, at == null ? null : at.uptimeMillis(), Types.BIGINT);
            insertRecord.setObject(14, at == null ? null : at.boot(), Types.INTEGER);
            insertRecord.setLong(15, at == null ? 0 : at.offsetMillis());
            insertRecord.executeUpdate();
            if (at != null && columns.clockKnown()) {
                insertClock.setInt(1, at.boot());
                insertClock.setLong(2, at.uptimeMillis());
                insertClock.setLong(3, at.wallMillis() + at.offsetMillis());
                insertClock.setLong(4, stream.id());
                insertClock.executeUpdate();
            }
        }

        void insertGap(StoredStream stream, long first, Row.Gap gap, long now) throws SQLException {
            insertGap.setLong(1, stream.id());
            insertGap.setLong(2, first);
            insertGap.setLong(3, gap.last());
            insertGap.setString(4, gap.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            insertGap.setLong(5, gap.count());
            insertGap.setBytes(6, gap.hash().bytes());
            insertGap.setLong(7, now);
            insertGap.executeUpdate();
        }

        void advance(StoredStream stream, StreamHead head, Added added, long duplicates, long now) throws SQLException {
            advance.setLong(1, head.next());
            advance.setBytes(2, head.hash().bytes());
            advance.setLong(3, added.rows);
            advance.setLong(4, added.gaps);
            advance.setLong(5, added.gapRows);
            advance.setLong(6, added.undecodable);
            advance.setLong(7, duplicates);
            advance.setLong(8, now);
            advance.setLong(9, stream.id());
            advance.executeUpdate();
        }

        void countDuplicates(StoredStream stream, long rows, long now) throws SQLException {
            countDuplicates.setLong(1, rows);
            countDuplicates.setLong(2, now);
            countDuplicates.setLong(3, stream.id());
            countDuplicates.executeUpdate();
        }

        void keepAside(StoredStream stream, Arrival arrival, String reason) throws SQLException {
            Batch batch = arrival.batch();
            keepAside.setLong(1, stream.id());
            keepAside.setLong(2, batch.first());
            keepAside.setLong(3, batch.last());
            keepAside.setString(4, reason);
            keepAside.setBytes(5, arrival.envelope().payload());
            keepAside.setString(6, arrival.envelope().userProperties().get(Envelope.ENCODING));
            keepAside.setLong(7, arrival.receivedMillis());
            keepAside.setInt(8, Limits.CONFLICTS_KEPT_PER_STREAM);
            keepAside.executeUpdate();
            countConflict.setLong(1, arrival.receivedMillis());
            countConflict.setLong(2, stream.id());
            countConflict.executeUpdate();
        }

        void close() throws SQLException {
            for (PreparedStatement statement : all) {
                statement.close();
            }
        }
    }
}
