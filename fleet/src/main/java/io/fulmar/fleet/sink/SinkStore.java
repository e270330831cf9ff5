package io.fulmar.fleet.sink;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Dialect;
import io.fulmar.fleet.database.Duty;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.PredictionColumns;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.fleet.query.QueryJson;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is stored and not sent yet, and how far it is sent: a position for each stream, since the rows of a stream are committed
 * in their order and those of different streams are not, so that a single position for all of them would pass by rows whose
 * transaction was still open. Owned by the sink thread, as is the session, which it does not close.
 */
final class SinkStore {
    private static final String RECORD = "SELECT " + PredictionColumns.NAMES + ", stream_id FROM prediction ";

    /** A walk along an index for each stream, whatever is guessed of how many rows there are. */
    private static final String RECORDS_OF_MANY =
            "SELECT r.* FROM unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])"
                    + " AS k(stream, first, past, since) CROSS JOIN LATERAL (" + RECORD
                    + "WHERE stream_id = k.stream AND seq >= k.first AND seq < k.past AND received >= k.since"
                    + " ORDER BY seq LIMIT " + Limits.SINK_ROWS + ") r ORDER BY r.stream_id, r.seq";

    private static final String RECORDS_OF_ONE =
            RECORD + "WHERE stream_id = ? AND seq >= ? AND seq < ? AND received >= ? ORDER BY seq";

    private static final String OLDEST = "(SELECT min(r.seq) FROM record r WHERE r.stream = s.id)";

    private final Session session;
    private final String sink;
    private long after;

    /**
     * Some rows of one stream that are due.
     *
     * @param past the sequence number after the last one
     * @param whole the one after the last that is stored
     * @param received no row was received before that, as far as clocks can be believed
     */
    private record Due(long stream, long first, long past, long whole, long received) {}

    /**
     * What is sent of one stream at once.
     *
     * @param next what is sent after it
     * @param received when the last one of them was
     * @param dropped how many had been too old to be kept
     *     <p>Immutable.
     */
    record Part(long stream, long first, long next, long received, List<SinkRecord> records, long dropped) {
        Part {
            records = List.copyOf(records);
        }
    }

    /**
     * What is due now.
     *
     * @param more whether there is more than that
     *     <p>Immutable.
     */
    record Work(List<Part> parts, boolean more) {
        static final Work NOTHING = new Work(List.of(), false);

        Work {
            parts = List.copyOf(parts);
        }
    }

    /** How many rows are due, and how many were too old. Immutable. */
    record Count(long waiting, long dropped) {}

    /** That of the sink of that name, which begins with the oldest records that are stored if it is new. */
    SinkStore(Session session, String sink, long nowMillis) {
        this.session = session;
        this.sink = sink;
        session.transaction("where records are sent to", in -> {
            try (PreparedStatement statement = in.prepare("INSERT INTO sink (name, begun, known)"
                    + " SELECT ?, ?, coalesce(max(id), 0) FROM stream WHERE true ON CONFLICT DO NOTHING")) {
                statement.setString(1, sink);
                statement.setLong(2, nowMillis);
                return statement.executeUpdate();
            }
        });
    }

    /** What only one of several services does. */
    Duty duty() {
        return new Duty(session, Duty.sink(sink));
    }

    /** Reads what is due, of some streams at a time and of all of them in turn. */
    Work due() {
        try {
            boolean turned = after == 0;
            List<Due> due = look();
            if (due.isEmpty() && !turned) {
                due = look();
            }
            return new Work(read(due), after != 0);
        } catch (SQLException e) {
            throw session.failed("cannot read what is to be sent", e);
        }
    }

    private List<Due> look() throws SQLException {
        List<Due> due = new ArrayList<>();
        while (look(due)) {
            acquaint();
            due.clear();
        }
        return due;
    }

    /** Whether there were streams without a position, too; then the turn has not gone on. */
    private boolean look(List<Due> due) throws SQLException {
        boolean strangers = false;
        long rows = 0;
        long last = 0;
        int streams = 0;
        try (PreparedStatement statement = session.prepare("""
                SELECT s.id, p.next, s.next, p.received
                FROM stream s LEFT JOIN sink_position p ON p.sink = ? AND p.stream = s.id
                WHERE s.id > ? AND (p.next IS NULL OR p.next < s.next) ORDER BY s.id LIMIT\s""" + Limits.SINK_STREAMS)) {
            statement.setString(1, sink);
            statement.setLong(2, after);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next() && rows < Limits.SINK_ROWS) {
                    streams++;
                    last = row.getLong(1);
                    long first = row.getLong(2);
                    if (row.wasNull()) {
                        strangers = true;
                    } else {
                        long past = Math.min(row.getLong(3), first + Limits.SINK_ROWS - rows);
                        due.add(new Due(last, first, past, row.getLong(3), row.getLong(4)));
                        rows += past - first;
                    }
                }
            }
        }
        if (!strangers) {
            after = rows == Limits.SINK_ROWS || streams == Limits.SINK_STREAMS ? last : 0;
        }
        return strangers;
    }

    /** Gives positions to streams that have none. */
    private void acquaint() {
        session.transaction("the positions of new streams", in -> {
            try (PreparedStatement statement = in.prepare("INSERT INTO sink_position (sink, stream, next, received)"
                    + " SELECT k.name, s.id, CASE WHEN s.id > k.known THEN 1 ELSE coalesce(" + OLDEST
                    + ", s.next) END, 0"
                    + " FROM sink k CROSS JOIN stream s LEFT JOIN sink_position p ON p.sink = k.name AND p.stream = s.id"
                    + " WHERE k.name = ? AND s.id > ? AND p.stream IS NULL ORDER BY s.id LIMIT " + Limits.SINK_STREAMS
                    + " ON CONFLICT DO NOTHING")) {
                statement.setString(1, sink);
                statement.setLong(2, after);
                return statement.executeUpdate();
            }
        });
    }

    private List<Part> read(List<Due> due) throws SQLException {
        Map<Long, List<PredictionRow>> rows = new HashMap<>();
        if (session.dialect() == Dialect.POSTGRESQL && !due.isEmpty()) {
            try (PreparedStatement statement = session.prepare(RECORDS_OF_MANY)) {
                statement.setArray(1, numbers(due.stream().map(Due::stream).toArray()));
                statement.setArray(2, numbers(due.stream().map(Due::first).toArray()));
                statement.setArray(3, numbers(due.stream().map(Due::past).toArray()));
                statement.setArray(4, numbers(due.stream().map(SinkStore::since).toArray()));
                read(statement, rows);
            }
        } else {
            for (Due each : due) {
                rows.put(each.stream(), read(each, Long.MIN_VALUE));
            }
        }
        List<Part> parts = new ArrayList<>();
        for (Due each : due) {
            parts.add(part(each, rows.getOrDefault(each.stream(), List.of())));
        }
        return parts;
    }

    private Array numbers(Object[] values) throws SQLException {
        return session.array("bigint", values);
    }

    /** Older parts of the table need not be looked at; if rows are missing then, it is looked again without this. */
    private static long since(Due due) {
        return due.received() == 0 ? Long.MIN_VALUE : due.received() - Limits.SINK_CLOCKS.toMillis();
    }

    private List<PredictionRow> read(Due due, long since) throws SQLException {
        Map<Long, List<PredictionRow>> rows = new HashMap<>();
        try (PreparedStatement statement = session.prepare(RECORDS_OF_ONE)) {
            statement.setLong(1, due.stream());
            statement.setLong(2, due.first());
            statement.setLong(3, due.past());
            statement.setLong(4, since);
            read(statement, rows);
        }
        return rows.getOrDefault(due.stream(), List.of());
    }

    private static void read(PreparedStatement statement, Map<Long, List<PredictionRow>> rows) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.computeIfAbsent(row.getLong(PredictionColumns.COUNT + 1), stream -> new ArrayList<>())
                        .add(PredictionColumns.read(row));
            }
        }
    }

    /** Every number has a row, or is in a gap that the device declared, or its row was too old to be kept. */
    private Part part(Due due, List<PredictionRow> found) throws SQLException {
        List<PredictionRow> rows = found;
        long next = due.past();
        long dropped = 0;
        if (rows.size() < due.past() - due.first()) {
            Gaps gaps = gaps(due.stream(), due.first(), due.past());
            long expected = due.past() - due.first() - gaps.within();
            if (rows.size() < expected && since(due) > Long.MIN_VALUE) {
                rows = read(due, Long.MIN_VALUE);
            }
            dropped = expected - rows.size();
            next = Math.max(next, gaps.past());
            if (rows.isEmpty() && dropped > 0) {
                long oldest = oldest(due.stream(), next, due.whole());
                dropped += oldest - next - gaps(due.stream(), next, oldest).within();
                next = oldest;
            }
        }
        return new Part(
                due.stream(),
                due.first(),
                next,
                rows.isEmpty() ? due.received() : rows.getLast().receivedMillis(),
                rows.stream().map(SinkStore::record).toList(),
                dropped);
    }

    private static SinkRecord record(PredictionRow row) {
        String key = row.device() + '/' + row.epoch() + '/' + row.stream() + '/' + row.seq();
        return new SinkRecord(row.device(), key, QueryJson.line(row));
    }

    /**
     * What is declared as given up among some rows.
     *
     * @param within how many of them
     * @param past the row after the last gap, which may be further on
     */
    private record Gaps(long within, long past) {}

    private Gaps gaps(long stream, long first, long past) throws SQLException {
        long within = 0;
        long end = first;
        try (PreparedStatement statement = session.prepare("""
                SELECT first_seq, last_seq FROM gap WHERE stream = ? AND first_seq < ? AND last_seq >= ?
                  AND first_seq >= coalesce((SELECT max(first_seq) FROM gap WHERE stream = ? AND first_seq <= ?), 0)""")) {
            statement.setLong(1, stream);
            statement.setLong(2, past);
            statement.setLong(3, first);
            statement.setLong(4, stream);
            statement.setLong(5, first);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    long gapPast = row.getLong(2) + 1;
                    within += Math.min(past, gapPast) - Math.max(first, row.getLong(1));
                    end = Math.max(end, gapPast);
                }
            }
        }
        return new Gaps(within, end);
    }

    /** The oldest row from there on that is stored; the end if there is none. */
    private long oldest(long stream, long from, long end) throws SQLException {
        try (PreparedStatement statement =
                session.prepare("SELECT min(seq) FROM record WHERE stream = ? AND seq >= ? AND seq < ?")) {
            statement.setLong(1, stream);
            statement.setLong(2, from);
            statement.setLong(3, end);
            try (ResultSet row = statement.executeQuery()) {
                long oldest = row.next() ? row.getLong(1) : 0;
                return oldest == 0 ? Math.max(from, end) : oldest;
            }
        }
    }

    /** Moves the positions on, all of them or none; not if another service has moved one of them. */
    void advance(List<Part> parts) {
        session.transaction("how far records were sent", in -> {
            try (PreparedStatement statement = in.prepare("UPDATE sink_position SET next = ?, received = ?"
                    + " WHERE sink = ? AND stream = ? AND next = ?")) {
                for (Part part : parts) {
                    statement.setLong(1, part.next());
                    statement.setLong(2, part.received());
                    statement.setString(3, sink);
                    statement.setLong(4, part.stream());
                    statement.setLong(5, part.first());
                    statement.addBatch();
                }
                for (int moved : statement.executeBatch()) {
                    if (moved != 1) {
                        throw new FleetException(
                                Category.TRANSIENT,
                                "another service has sent the same records",
                                "nothing is to be done: they are known by their keys, and one of the two goes on");
                    }
                }
            }
            long dropped = parts.stream().mapToLong(Part::dropped).sum();
            if (dropped > 0) {
                try (PreparedStatement statement = in.prepare("UPDATE sink SET dropped = dropped + ? WHERE name = ?")) {
                    statement.setLong(1, dropped);
                    statement.setString(2, sink);
                    statement.executeUpdate();
                }
            }
            return true;
        });
    }

    /** Counts them; rows that devices gave up are among those that wait. */
    Count count() {
        try (PreparedStatement statement = session.prepare("""
                SELECT coalesce(sum(CASE WHEN p.next IS NOT NULL THEN s.next - p.next WHEN s.id > k.known THEN s.next - 1 END), 0),
                       max(k.dropped)
                FROM sink k LEFT JOIN stream s ON true LEFT JOIN sink_position p ON p.sink = k.name AND p.stream = s.id
                WHERE k.name = ?""")) {
            statement.setString(1, sink);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Count(row.getLong(1), row.getLong(2)) : new Count(0, 0);
            }
        } catch (SQLException e) {
            throw session.failed("cannot count what is to be sent", e);
        }
    }
}
