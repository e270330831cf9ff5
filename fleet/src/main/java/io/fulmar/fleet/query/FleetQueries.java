package io.fulmar.fleet.query;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.FleetDatabase;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fleet's database, whether or not a service is writing to it. Owned by one thread at a time.
 */
public final class FleetQueries implements AutoCloseable {
    private static final String PREDICTION = """
            SELECT s.device, s.epoch, s.name, r.seq, r.kind, r.pipeline, r.model, r.version, r.label, r.score,
                   r.wall_millis, r.received, r.id
            FROM record r JOIN stream s ON s.id = r.stream
            """;

    private final Connection connection;

    private FleetQueries(Connection connection) {
        this.connection = connection;
    }

    /** Opens the database in that directory; a {@link io.fulmar.fleet.base.FleetException} says why it cannot. */
    public static FleetQueries open(Path dataDir) {
        return new FleetQueries(FleetDatabase.openReader(dataDir));
    }

    /** Devices by name, at most {@link Limits#QUERY_ROWS}. */
    public List<DeviceRow> devices() {
        return list(
                "SELECT id, online, first_seen, last_seen, agent_version, last_hello, status, refused FROM device"
                        + " ORDER BY id LIMIT " + Limits.QUERY_ROWS,
                row -> new DeviceRow(
                        row.getString(1),
                        row.getBoolean(2),
                        row.getLong(3),
                        row.getLong(4),
                        row.getString(5),
                        nullableLong(row, 6),
                        row.getString(7),
                        conditions(row.getString(7)),
                        row.getLong(8)));
    }

    /** Streams by device, newest epoch first, at most {@link Limits#QUERY_ROWS}. */
    public List<StreamRow> streams() {
        return list(
                """
                SELECT device, epoch, name, next, row_count, gap_count, gap_row_count, undecodable, duplicates, conflicts,
                       first_received, last_received
                FROM stream ORDER BY device, max(first_received) OVER (PARTITION BY device, epoch) DESC, epoch, name
                LIMIT\s""" + Limits.QUERY_ROWS,
                row -> new StreamRow(
                        row.getString(1),
                        Epochs.text(row.getLong(2)),
                        row.getString(3),
                        row.getLong(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getLong(7),
                        row.getLong(8),
                        row.getLong(9),
                        row.getLong(10),
                        row.getLong(11),
                        row.getLong(12)));
    }

    /**
     * The newest records, newest first.
     *
     * @param device only of this device; null for all
     * @param last how many, at most {@link Limits#QUERY_ROWS}
     */
    public List<PredictionRow> predictions(@Nullable String device, int last) {
        int limit = Math.clamp(last, 0, Limits.QUERY_ROWS);
        if (device == null) {
            return newest(PREDICTION + "ORDER BY r.id DESC LIMIT " + limit).stream()
                    .map(Numbered::row)
                    .toList();
        }
        // the newest of each of the device's streams: each is one short walk along an index, whatever the table's size
        List<Long> streams = list(
                "SELECT id FROM stream WHERE device = ? ORDER BY last_received DESC LIMIT " + Limits.QUERY_STREAMS,
                row -> row.getLong(1),
                device);
        List<Numbered> all = new ArrayList<>();
        for (long stream : streams) {
            all.addAll(newest(PREDICTION + "WHERE r.stream = " + stream + " ORDER BY r.seq DESC LIMIT " + limit));
        }
        return all.stream()
                .sorted(Comparator.comparingLong(Numbered::id).reversed())
                .limit(limit)
                .map(Numbered::row)
                .toList();
    }

    /** Every declared gap. */
    public List<GapRow> gaps() {
        return list(
                """
                SELECT s.device, s.epoch, s.name, g.first_seq, g.last_seq, g.reason
                FROM gap g JOIN stream s ON s.id = g.stream ORDER BY s.device, s.epoch, s.name, g.first_seq""",
                row -> new GapRow(
                        row.getString(1),
                        Epochs.text(row.getLong(2)),
                        row.getString(3),
                        row.getLong(4),
                        row.getLong(5),
                        row.getString(6)));
    }

    /** Hands over every stored record, stream by stream in the order of their sequence. */
    public void forEachRecord(Consumer<StoredRecord> consumer) {
        String sql = """
                SELECT s.device, s.epoch, s.name, r.seq, r.bytes, r.received
                FROM stream s JOIN record r ON r.stream = s.id ORDER BY r.stream, r.seq""";
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                var receipt = new Receipt(row.getLong(2), Stream.ofTopicName(row.getString(3)), row.getLong(4));
                consumer.accept(new StoredRecord(row.getString(1), receipt, row.getBytes(5), row.getLong(6)));
            }
        } catch (SQLException e) {
            throw FleetDatabase.failed("cannot read the records", e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw FleetDatabase.failed("cannot close the database", e);
        }
    }

    private List<Numbered> newest(String sql) {
        return list(
                sql,
                row -> new Numbered(
                        row.getLong(13),
                        new PredictionRow(
                                row.getString(1),
                                Epochs.text(row.getLong(2)),
                                row.getString(3),
                                row.getLong(4),
                                row.getString(5),
                                row.getString(6),
                                row.getString(7),
                                row.getString(8),
                                row.getString(9),
                                nullableDouble(row, 10),
                                nullableLong(row, 11),
                                row.getLong(12))));
    }

    private <T> List<T> list(String sql, RowReader<T> reader, String... arguments) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setString(i + 1, arguments[i]);
            }
            List<T> rows = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw FleetDatabase.failed("cannot read the database", e);
        }
    }

    private static List<Status.Condition> conditions(@Nullable String status) {
        try {
            return status == null
                    ? List.of()
                    : Wire.decodeStatus(status.getBytes(StandardCharsets.UTF_8)).conditions();
        } catch (WireException e) {
            return List.of(); // of a version whose statuses are no longer read
        }
    }

    private static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    private static @Nullable Double nullableDouble(ResultSet row, int column) throws SQLException {
        double value = row.getDouble(column);
        return row.wasNull() ? null : value;
    }

    /** A row and its place in the order of arrival. */
    private record Numbered(long id, PredictionRow row) {}

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }
}
