package io.fulmar.fleet.query;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The columns of the view {@code prediction} that a {@link PredictionRow} is made of. Immutable. */
public final class PredictionColumns {
    /** To select first, in this order. */
    public static final String NAMES =
            "device, epoch, stream, seq, kind, pipeline, model, version, label, score, found, wall_millis, time_millis, received";

    /** How many there are. */
    public static final int COUNT = 14;

    private PredictionColumns() {}

    /** A row of which they were selected first. */
    public static PredictionRow read(ResultSet row) throws SQLException {
        return new PredictionRow(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getLong(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                nullableDouble(row, 10),
                row.getString(11),
                nullableLong(row, 12),
                nullableLong(row, 13),
                row.getLong(14));
    }

    private static @Nullable Double nullableDouble(ResultSet row, int column) throws SQLException {
        double value = row.getDouble(column);
        return row.wasNull() ? null : value;
    }

    static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
