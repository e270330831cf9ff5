package io.fulmar.fleet.truth;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The true labels of predictions. Owned by who made it, as is the session, which it does not close. */
public final class TruthStore {
    private static final String PREDICTION = """
            SELECT r.label, r.score, r.model, r.version FROM record r JOIN stream s ON s.id = r.stream
            WHERE s.device = ? AND s.epoch = ? AND s.name = ? AND r.seq = ? AND r.kind = 'prediction'""";

    /** What the model said travels with a sample, which may be kept longer. */
    private static final String SAMPLE = """
            SELECT label, score, model, version FROM sample
            WHERE device = ? AND epoch = ? AND stream = ? AND seq = ?""";

    private final Session session;

    public TruthStore(Session session) {
        this.session = session;
    }

    /**
     * Keeps them, in the place of what was said of the same predictions before: all or none.
     *
     * @return the first that is of no prediction that is kept here, where nothing was done; empty if all are kept
     */
    public Optional<Truth> set(List<Truth> truths, String by, long nowMillis) {
        return session.<Optional<Truth>>transaction("what was right", in -> {
            try (PreparedStatement find = in.prepare(PREDICTION);
                    PreparedStatement sampled = in.prepare(SAMPLE);
                    PreparedStatement put = in.prepare("""
                            INSERT INTO truth (device, epoch, stream, seq, label, said, score, model, version, set_by, set_at)
                            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                            ON CONFLICT (device, epoch, stream, seq) DO UPDATE SET
                                label = excluded.label, set_by = excluded.set_by, set_at = excluded.set_at""")) {
                for (Truth truth : truths) {
                    if (!filled(find, put, truth, by, nowMillis) && !filled(sampled, put, truth, by, nowMillis)) {
                        return Optional.of(truth);
                    }
                }
                put.executeBatch();
                return Optional.empty();
            }
        });
    }

    private static boolean filled(PreparedStatement find, PreparedStatement put, Truth truth, String by, long nowMillis)
            throws SQLException {
        place(find, truth);
        try (ResultSet row = find.executeQuery()) {
            boolean there = row.next();
            if (there) {
                fill(put, truth, row, by, nowMillis);
            }
            return there;
        }
    }

    private static void place(PreparedStatement statement, Truth truth) throws SQLException {
        statement.setString(1, truth.device());
        statement.setLong(2, truth.epoch());
        statement.setString(3, truth.stream().topicName());
        statement.setLong(4, truth.seq());
    }

    private static void fill(PreparedStatement put, Truth truth, ResultSet prediction, String by, long nowMillis)
            throws SQLException {
        place(put, truth);
        put.setString(5, Text.storable(truth.label()));
        put.setString(6, Objects.requireNonNullElse(prediction.getString(1), ""));
        put.setObject(7, prediction.getObject(2), Types.DOUBLE);
        put.setString(8, Objects.requireNonNullElse(prediction.getString(3), ""));
        put.setString(9, Objects.requireNonNullElse(prediction.getString(4), ""));
        put.setString(10, by);
        put.setLong(11, nowMillis);
        put.addBatch();
    }

    /** Forgets what was said of a prediction; false if nothing was. */
    public boolean remove(Truth truth) {
        return session.transaction("what was right", in -> {
            try (PreparedStatement delete =
                    in.prepare("DELETE FROM truth WHERE device = ? AND epoch = ? AND stream = ? AND seq = ?")) {
                place(delete, truth);
                return delete.executeUpdate() > 0;
            }
        });
    }

    /**
     * How often each version was right.
     *
     * @param device only on this device; null for all together
     */
    public List<Accuracy> accuracy(@Nullable String device, @Nullable String model, @Nullable String version) {
        List<String> arguments = new ArrayList<>();
        StringBuilder only = new StringBuilder();
        String[] names = {"device", "model", "version"};
        @Nullable String[] values = {device, model, version};
        for (int i = 0; i < names.length; i++) {
            String value = values[i];
            if (value != null) {
                only.append(arguments.isEmpty() ? " WHERE " : " AND ")
                        .append(names[i])
                        .append(" = ?");
                arguments.add(value);
            }
        }
        Map<List<String>, List<Accuracy.Count>> counts = new LinkedHashMap<>();
        try (PreparedStatement query = session.prepare("SELECT model, version, said, label, count(*) FROM truth" + only
                + " GROUP BY model, version, said, label ORDER BY model, version, said, label LIMIT "
                + Limits.QUERY_ROWS)) {
            for (int i = 0; i < arguments.size(); i++) {
                query.setString(i + 1, arguments.get(i));
            }
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    counts.computeIfAbsent(List.of(row.getString(1), row.getString(2)), any -> new ArrayList<>())
                            .add(new Accuracy.Count(row.getString(3), row.getString(4), row.getLong(5)));
                }
            }
        } catch (SQLException e) {
            throw session.failed("cannot read what was right", e);
        }
        return Accuracy.of(counts);
    }
}
