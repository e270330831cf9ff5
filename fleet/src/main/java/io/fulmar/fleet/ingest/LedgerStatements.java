package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Dialect;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import io.fulmar.fleet.ingest.SqlLedger.OpenStream;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All SQL of the ledger, and nothing else; rows are collected and sent together. Owned by the ingest thread. */
final class LedgerStatements implements AutoCloseable {
    private static final String FIND = "SELECT id, next, hash FROM stream WHERE device = ? AND epoch = ? AND name = ?";

    /** One question for all of them: with thousands of devices it is the ways there and back that take the time. */
    private static final String LOCK = """
            SELECT s.id, s.next, s.hash, s.device, s.epoch, s.name
            FROM unnest(?::text[], ?::bigint[], ?::text[]) AS k(device, epoch, name)
            JOIN stream s ON s.device = k.device COLLATE "C" AND s.epoch = k.epoch AND s.name = k.name COLLATE "C"
            ORDER BY s.device, s.epoch, s.name FOR UPDATE OF s""";

    private final Session session;
    private final List<PreparedStatement> all = new ArrayList<>();
    private final PreparedStatement find;
    private final PreparedStatement lock;
    private final PreparedStatement create;
    private final PreparedStatement hashOfRecord;
    private final PreparedStatement hashOfGap;
    private final PreparedStatement insertRecord;
    private final PreparedStatement insertClock;
    private final PreparedStatement insertGap;
    private final PreparedStatement advance;
    private final PreparedStatement conflictsKept;
    private final PreparedStatement keepAside;
    private int records;
    private int others;

    LedgerStatements(Session session) throws SQLException {
        this.session = session;
        find = prepare(FIND);
        lock = prepare(session.dialect() == Dialect.POSTGRESQL ? LOCK : FIND);
        create = prepare("""
                INSERT INTO stream (device, epoch, name, next, hash, first_received, last_received)
                VALUES (?, ?, ?, 1, ?, ?, ?) ON CONFLICT (device, epoch, name) DO NOTHING""");
        hashOfRecord = prepare("SELECT hash FROM record WHERE stream = ? AND seq = ?");
        hashOfGap = prepare(
                "SELECT hash, last_seq FROM gap WHERE stream = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1");
        insertRecord = prepare("""
                INSERT INTO record (stream, seq, bytes, hash, received, kind, pipeline, model, version, label, score,
                                    wall_millis, uptime_millis, boot, offset_millis, found)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
        insertClock = prepare("""
                INSERT INTO clock (device, epoch, boot, uptime_millis, time_millis)
                SELECT device, epoch, ?, ?, ? FROM stream WHERE id = ? ON CONFLICT DO NOTHING""");
        insertGap = prepare("""
                INSERT INTO gap (stream, first_seq, last_seq, reason, row_count, hash, received)
                VALUES (?, ?, ?, ?, ?, ?, ?)""");
        advance = prepare("""
                UPDATE stream SET next = ?, hash = ?, row_count = row_count + ?, gap_count = gap_count + ?,
                                  gap_row_count = gap_row_count + ?, undecodable = undecodable + ?,
                                  duplicates = duplicates + ?, conflicts = conflicts + ?, last_received = ?
                WHERE id = ?""");
        conflictsKept = prepare("SELECT count(*) FROM conflict WHERE stream = ?");
        keepAside = prepare("""
                INSERT INTO conflict (stream, first_seq, last_seq, reason, batch, encoding, received)
                VALUES (?, ?, ?, ?, ?, ?, ?)""");
    }

    private PreparedStatement prepare(String text) throws SQLException {
        PreparedStatement statement = session.prepare(text);
        all.add(statement);
        return statement;
    }

    /** A transaction begins; what one before it has left is dropped. */
    void begin() throws SQLException {
        insertRecord.clearBatch();
        insertGap.clearBatch();
        insertClock.clearBatch();
        advance.clearBatch();
        records = 0;
        others = 0;
    }

    /** Sends what was collected. */
    void write() throws SQLException {
        if (records > 0) {
            insertRecord.executeBatch();
            records = 0;
        }
        if (others > 0) {
            insertGap.executeBatch();
            insertClock.executeBatch();
            advance.executeBatch();
            others = 0;
        }
    }

    @Nullable
    OpenStream find(String device, long epoch, Stream stream) throws SQLException {
        return stream(find, device, epoch, stream);
    }

    /** Those that are known, and nobody else moves them on before the transaction ends; they are locked in their order. */
    Map<StreamKey, OpenStream> lock(Collection<StreamKey> keys) throws SQLException {
        Map<StreamKey, OpenStream> locked = new HashMap<>();
        if (session.dialect() == Dialect.SQLITE) {
            for (StreamKey key : keys) { // nobody else writes during a transaction
                OpenStream stream = stream(lock, key.device(), key.epoch(), key.stream());
                if (stream != null) {
                    locked.put(key, stream);
                }
            }
            return locked;
        }
        lock.setArray(
                1, session.array("text", keys.stream().map(StreamKey::device).toArray()));
        lock.setArray(
                2, session.array("bigint", keys.stream().map(StreamKey::epoch).toArray()));
        lock.setArray(
                3,
                session.array(
                        "text",
                        keys.stream().map(key -> key.stream().topicName()).toArray()));
        try (ResultSet row = lock.executeQuery()) {
            while (row.next()) {
                StreamKey key = new StreamKey(row.getString(4), row.getLong(5), Stream.ofTopicName(row.getString(6)));
                locked.put(key, stream(row));
            }
        }
        return locked;
    }

    private static @Nullable OpenStream stream(PreparedStatement query, String device, long epoch, Stream stream)
            throws SQLException {
        query.setString(1, device);
        query.setLong(2, epoch);
        query.setString(3, stream.topicName());
        try (ResultSet row = query.executeQuery()) {
            return row.next() ? stream(row) : null;
        }
    }

    private static OpenStream stream(ResultSet row) throws SQLException {
        return new OpenStream(row.getLong(1), new StreamHead(row.getLong(2), ChainHash.of(row.getBytes(3))));
    }

    /** Makes a stream, unless somebody else has done so meanwhile. */
    void create(Arrival arrival) throws SQLException {
        create.setString(1, arrival.device());
        create.setLong(2, arrival.batch().epoch());
        create.setString(3, arrival.batch().stream().topicName());
        create.setBytes(4, ChainHash.ZERO.bytes());
        create.setLong(5, arrival.receivedMillis());
        create.setLong(6, arrival.receivedMillis());
        create.executeUpdate();
    }

    @Nullable
    ChainHash hashAt(long stream, long seq) throws SQLException {
        hashOfRecord.setLong(1, stream);
        hashOfRecord.setLong(2, seq);
        try (ResultSet row = hashOfRecord.executeQuery()) {
            if (row.next()) {
                return ChainHash.of(row.getBytes(1));
            }
        }
        hashOfGap.setLong(1, stream);
        hashOfGap.setLong(2, seq);
        try (ResultSet row = hashOfGap.executeQuery()) {
            return row.next() && row.getLong(2) == seq ? ChainHash.of(row.getBytes(1)) : null;
        }
    }

    void insertRecord(OpenStream stream, long seq, byte[] bytes, ChainHash hash, long now, RecordColumns columns)
            throws SQLException {
        insertRecord.setLong(1, stream.id());
        insertRecord.setLong(2, seq);
        insertRecord.setBytes(3, bytes);
        insertRecord.setBytes(4, hash.bytes());
        insertRecord.setLong(5, now);
        insertRecord.setString(6, columns.kind());
        insertRecord.setString(7, Text.storable(columns.pipeline()));
        insertRecord.setString(8, Text.storable(columns.model()));
        insertRecord.setString(9, Text.storable(columns.version()));
        insertRecord.setString(10, Text.storable(columns.label()));
        insertRecord.setObject(11, columns.score(), Types.DOUBLE);
        Stamp at = columns.at();
        insertRecord.setObject(12, at == null ? null : at.wallMillis(), Types.BIGINT);
        insertRecord.setObject(13, at == null ? null : at.uptimeMillis(), Types.BIGINT);
        insertRecord.setObject(14, at == null ? null : at.boot(), Types.INTEGER);
        insertRecord.setLong(15, at == null ? 0 : at.offsetMillis());
        insertRecord.setString(16, Text.storable(columns.found()));
        insertRecord.addBatch();
        if (at != null && columns.clockKnown()) {
            insertClock.setInt(1, at.boot());
            insertClock.setLong(2, at.uptimeMillis());
            insertClock.setLong(3, at.wallMillis() + at.offsetMillis());
            insertClock.setLong(4, stream.id());
            insertClock.addBatch();
            others++;
        }
        if (++records >= Limits.DATABASE_BATCH) {
            insertRecord.executeBatch();
            records = 0;
        }
    }

    void insertGap(OpenStream stream, long first, Row.Gap gap, long now) throws SQLException {
        insertGap.setLong(1, stream.id());
        insertGap.setLong(2, first);
        insertGap.setLong(3, gap.last());
        insertGap.setString(4, gap.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        insertGap.setLong(5, gap.count());
        insertGap.setBytes(6, gap.hash().bytes());
        insertGap.setLong(7, now);
        insertGap.addBatch();
        others++;
    }

    void advance(OpenStream stream) throws SQLException {
        advance.setLong(1, stream.head().next());
        advance.setBytes(2, stream.head().hash().bytes());
        advance.setLong(3, stream.rows());
        advance.setLong(4, stream.gaps());
        advance.setLong(5, stream.gapRows());
        advance.setLong(6, stream.undecodable());
        advance.setLong(7, stream.duplicates());
        advance.setLong(8, stream.conflicts());
        advance.setLong(9, stream.received());
        advance.setLong(10, stream.id());
        advance.addBatch();
        others++;
    }

    /** Keeps a batch, unless so many of its stream are kept already. */
    void keepAside(OpenStream stream, Arrival arrival, String reason, int most) throws SQLException {
        conflictsKept.setLong(1, stream.id());
        try (ResultSet row = conflictsKept.executeQuery()) {
            if (row.next() && row.getLong(1) >= most) {
                return;
            }
        }
        Batch batch = arrival.batch();
        keepAside.setLong(1, stream.id());
        keepAside.setLong(2, batch.first());
        keepAside.setLong(3, batch.last());
        keepAside.setString(4, reason);
        keepAside.setBytes(5, arrival.envelope().payload());
        keepAside.setString(6, Text.storable(arrival.envelope().userProperties().get(Envelope.ENCODING)));
        keepAside.setLong(7, arrival.receivedMillis());
        keepAside.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : all) {
            statement.close();
        }
    }
}
