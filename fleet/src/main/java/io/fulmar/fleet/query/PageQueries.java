package io.fulmar.fleet.query;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.ModelStatistics;
import io.fulmar.sync.wire.Records;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Questions of the API whose answers come in pages or are a few numbers. Owned by one thread at a time. */
public final class PageQueries implements AutoCloseable {
    private static final String PREDICTION = "SELECT " + PredictionColumns.NAMES + ", id FROM prediction ";

    private final Session session;

    private PageQueries(Session session) {
        this.session = session;
    }

    /** Opens a database; a {@link io.fulmar.fleet.base.FleetException} says why it cannot. */
    public static PageQueries open(Database database) {
        return new PageQueries(database.openReader());
    }

    /** The fleet in a few numbers. */
    public Totals totals() {
        long[] devices = list("""
                        SELECT count(*), coalesce(sum(online), 0),
                               (SELECT count(*) FROM identity
                                WHERE NOT EXISTS (SELECT 1 FROM device d WHERE d.id = identity.device))
                        FROM device""", row -> new long[] {row.getLong(1) + row.getLong(3), row.getLong(2)})
                .getFirst();
        long last = list("SELECT coalesce(max(id), 0) FROM record", row -> row.getLong(1))
                .getFirst();
        return list(
                        """
                        SELECT count(*), coalesce(sum(row_count), 0), coalesce(sum(gap_row_count), 0),
                               coalesce(sum(duplicates), 0), coalesce(sum(conflicts), 0)
                        FROM stream""",
                        row -> new Totals(
                                devices[0],
                                devices[1],
                                row.getLong(1),
                                row.getLong(2),
                                row.getLong(3),
                                row.getLong(4),
                                row.getLong(5),
                                last))
                .getFirst();
    }

    /** Records that came after that one, oldest first. */
    public List<NumberedPrediction> since(long number, int limit) {
        return list(PREDICTION + "WHERE id > ? ORDER BY id LIMIT " + limit, PageQueries::prediction, number);
    }

    /**
     * Records, newest first.
     *
     * @param device only of this device; null for all
     * @param before only those before this number
     */
    public List<NumberedPrediction> predictions(@Nullable String device, long before, int limit) {
        if (device == null) {
            return list(PREDICTION + "WHERE id < ? ORDER BY id DESC LIMIT " + limit, PageQueries::prediction, before);
        }
        // the newest of each of the device's streams: each is one walk along an index, whatever the table's size
        List<Long> streams = list(
                "SELECT id FROM stream WHERE device = ? ORDER BY last_received DESC LIMIT " + Limits.QUERY_STREAMS,
                row -> row.getLong(1),
                device);
        List<NumberedPrediction> all = new ArrayList<>();
        for (long stream : streams) {
            all.addAll(list(
                    PREDICTION + "WHERE stream_id = ? AND id < ? ORDER BY seq DESC LIMIT " + limit,
                    PageQueries::prediction,
                    stream,
                    before));
        }
        return all.stream()
                .sorted((one, other) -> Long.compare(other.number(), one.number()))
                .limit(limit)
                .toList();
    }

    /**
     * Records stream by stream, in the order of their sequence; what arrives meanwhile may be among them.
     *
     * @param after where the last page ended; null for the first page
     * @throws IllegalArgumentException where that is no place in this database
     */
    public ExportPage export(ExportFilter filter, ExportPage.@Nullable Place after, int limit) {
        List<PredictionRow> rows = new ArrayList<>();
        ExportStream stream = after == null ? exportStream(filter, null) : exportStream(after.stream());
        long seq = after == null ? 0 : after.seq();
        while (stream != null) {
            List<Object> arguments = new ArrayList<>(List.of(stream.id(), seq, filter.fromMillis(), filter.toMillis()));
            if (filter.model() != null) {
                arguments.add(filter.model());
            }
            list(
                            PREDICTION + "WHERE stream_id = ? AND seq > ? AND received >= ? AND received < ?"
                                    + (filter.model() == null ? "" : " AND model = ?") + " ORDER BY seq LIMIT "
                                    + (limit - rows.size()),
                            PageQueries::prediction,
                            arguments.toArray())
                    .forEach(each -> rows.add(each.row()));
            if (rows.size() == limit) {
                return new ExportPage(
                        rows, new ExportPage.Place(stream.id(), rows.getLast().seq()));
            }
            stream = exportStream(filter, stream);
            seq = 0;
        }
        return new ExportPage(rows, null);
    }

    /** A stream, and its place in the order of an export, which later streams do not change. */
    private record ExportStream(long id, String device, long firstReceived) {}

    private static ExportStream exportStream(ResultSet row) throws SQLException {
        return new ExportStream(row.getLong(1), row.getString(2), row.getLong(3));
    }

    private ExportStream exportStream(long id) {
        return list("SELECT id, device, first_received FROM stream WHERE id = ?", PageQueries::exportStream, id)
                .stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no such stream"));
    }

    private @Nullable ExportStream exportStream(ExportFilter filter, @Nullable ExportStream after) {
        List<Object> arguments = new ArrayList<>(List.of(filter.fromMillis(), filter.toMillis()));
        String only = "";
        if (filter.device() != null) {
            only = " AND device = ?";
            arguments.add(filter.device());
        }
        if (after != null) {
            only += " AND (device, first_received, id) > (?, ?, ?)";
            arguments.addAll(List.of(after.device(), after.firstReceived(), after.id()));
        }
        List<ExportStream> found = list(
                "SELECT id, device, first_received FROM stream WHERE last_received >= ? AND first_received < ?" + only
                        + " ORDER BY device, first_received, id LIMIT 1",
                PageQueries::exportStream,
                arguments.toArray());
        return found.isEmpty() ? null : found.getFirst();
    }

    /**
     * What devices gave up, by device, stream and reason, the most first.
     *
     * @param after the one at which the last page ended; null for the first page
     */
    public List<GapTotal> gapTotals(@Nullable GapTotal after, int limit) {
        Object[] arguments = after == null
                ? new Object[0]
                : new Object[] {after.rows(), after.rows(), after.device(), after.stream(), after.reason()};
        return list(
                """
                SELECT s.device, s.name, g.reason, count(*), sum(g.row_count), max(g.received)
                FROM gap g JOIN stream s ON s.id = g.stream GROUP BY s.device, s.name, g.reason\s"""
                        + (after == null
                                ? ""
                                : "HAVING sum(g.row_count) < ? OR sum(g.row_count) = ?"
                                        + " AND (s.device, s.name, g.reason) > (?, ?, ?) ")
                        + "ORDER BY 5 DESC, 1, 2, 3 LIMIT " + limit,
                row -> new GapTotal(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getLong(4),
                        row.getLong(5),
                        row.getLong(6)),
                arguments);
    }

    /**
     * Declared gaps, newest first.
     *
     * @param device only of this device; null for all
     * @param after the {@link KeptGap#place} where the last page ended, in numbers; null for the first page
     */
    public List<KeptGap> gaps(@Nullable String device, long @Nullable [] after, int limit) {
        long[] from = after == null ? new long[] {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE} : after;
        String only = device == null ? "" : " AND s.device = ?";
        List<Object> arguments = new ArrayList<>(List.of(from[0], from[1], from[2]));
        if (device != null) {
            arguments.add(device);
        }
        return list(
                """
                SELECT s.device, s.epoch, s.name, g.first_seq, g.last_seq, g.reason, g.row_count, g.received, g.stream
                FROM gap g JOIN stream s ON s.id = g.stream
                WHERE (g.received, g.stream, g.first_seq) < (?, ?, ?)""" + only + " ORDER BY g.received DESC, g.stream DESC, g.first_seq DESC LIMIT " + limit,
                row -> new KeptGap(
                        new GapRow(
                                row.getString(1),
                                Epochs.text(row.getLong(2)),
                                row.getString(3),
                                row.getLong(4),
                                row.getLong(5),
                                row.getString(6)),
                        row.getLong(7),
                        row.getLong(8),
                        row.getLong(9)),
                arguments.toArray());
    }

    /**
     * Statistics of models, newest first.
     *
     * @param before only those before this number
     */
    public List<StatisticsRow> statistics(StatisticsRow.Filter filter, long before, int limit) {
        StringBuilder only = new StringBuilder();
        List<Object> arguments = new ArrayList<>(List.of(before, filter.fromMillis()));
        String[] names = {"device", "pipeline", "model", "version"};
        @Nullable String[] values = {filter.device(), filter.pipeline(), filter.model(), filter.version()};
        for (int i = 0; i < names.length; i++) {
            if (values[i] != null) {
                only.append(" AND ").append(names[i]).append(" = ?");
                arguments.add(values[i]);
            }
        }
        return list(
                """
                SELECT id, device, epoch, stream, seq, time_millis, received, bytes FROM prediction
                WHERE kind = 'statistics' AND id < ? AND received >= ?""" + only + " ORDER BY id DESC LIMIT " + limit,
                row -> new StatisticsRow(
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getLong(5),
                        PredictionColumns.nullableLong(row, 6),
                        row.getLong(7),
                        statistics(row.getBytes(8))),
                arguments.toArray());
    }

    /** Only what decodes has that kind. */
    private static ModelStatistics statistics(byte[] record) {
        return (ModelStatistics) Records.decode(record);
    }

    private static NumberedPrediction prediction(ResultSet row) throws SQLException {
        return new NumberedPrediction(row.getLong(PredictionColumns.COUNT + 1), PredictionColumns.read(row));
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> list(String sql, Row<T> reader, Object... arguments) {
        try (PreparedStatement statement = session.prepare(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            List<T> rows = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw session.failed("cannot read the database", e);
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
