package io.fulmar.fleet.sample;

import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Stream;
import java.io.ByteArrayOutputStream;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The samples that are stored, and how many stay so. Owned by who made it, as is the session, which it does not close. */
public final class SampleStore {
    private static final String ROW = """
            SELECT s.id, s.device, s.epoch, s.stream, s.seq, s.pipeline, s.model, s.version, s.label, s.score, s.numbers,
                   s.rule, s.format, s.size, s.sha256, s.state, s.taken, s.received, t.label
            FROM sample s LEFT JOIN truth t
            ON t.device = s.device AND t.epoch = s.epoch AND t.stream = s.stream AND t.seq = s.seq\s""";

    private final Session session;

    public SampleStore(Session session) {
        this.session = session;
    }

    /** Those that match, the newest first; only those before this number. */
    public List<SampleRow> list(SampleRow.Filter of, long before, int limit) {
        List<String> arguments = new ArrayList<>();
        StringBuilder only = new StringBuilder("WHERE s.id < ?");
        and(only, arguments, "s.device", of.device());
        and(only, arguments, "s.pipeline", of.pipeline());
        and(only, arguments, "s.model", of.model());
        and(only, arguments, "s.version", of.version());
        and(only, arguments, "s.rule", of.rule());
        if (of.labelled() != null) {
            only.append(of.labelled() ? " AND t.label IS NOT NULL" : " AND t.label IS NULL");
        }
        List<SampleRow> rows = new ArrayList<>();
        try (PreparedStatement query = session.prepare(ROW + only + " ORDER BY s.id DESC LIMIT " + limit)) {
            query.setLong(1, before);
            for (int i = 0; i < arguments.size(); i++) {
                query.setString(i + 2, arguments.get(i));
            }
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    rows.add(row(row));
                }
            }
        } catch (SQLException e) {
            throw session.failed("cannot read samples", e);
        }
        return rows;
    }

    private static void and(StringBuilder only, List<String> arguments, String column, @Nullable String value) {
        if (value != null) {
            only.append(" AND ").append(column).append(" = ?");
            arguments.add(value);
        }
    }

    /** The one of that prediction. */
    public Optional<SampleRow> find(String device, long epoch, Stream stream, long seq) {
        try (PreparedStatement query =
                session.prepare(ROW + "WHERE s.device = ? AND s.epoch = ? AND s.stream = ? AND s.seq = ?")) {
            query.setString(1, device);
            query.setLong(2, epoch);
            query.setString(3, stream.topicName());
            query.setLong(4, seq);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(row(row)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw session.failed("cannot read a sample", e);
        }
    }

    private static SampleRow row(ResultSet row) throws SQLException {
        double score = row.getDouble(10);
        boolean sure = !row.wasNull();
        return new SampleRow(
                row.getLong(1),
                row.getString(2),
                row.getLong(3),
                row.getString(4),
                row.getLong(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                sure ? (Double) score : null,
                row.getString(11),
                row.getString(12),
                row.getString(13),
                row.getLong(14),
                HexFormat.of().formatHex(row.getBytes(15)),
                row.getString(16),
                row.getLong(17),
                row.getLong(18),
                row.getString(19));
    }

    /** What is in it, as a file of its format. */
    public byte[] content(SampleRow sample) {
        ByteArrayOutputStream content = new ByteArrayOutputStream((int) sample.size());
        try (PreparedStatement query =
                session.prepare("SELECT content FROM sample_chunk WHERE sample = ? ORDER BY number")) {
            query.setLong(1, sample.number());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    content.writeBytes(row.getBytes(1));
                }
            }
        } catch (SQLException e) {
            throw session.failed("cannot read a sample", e);
        }
        return content.toByteArray();
    }

    /** Deletes one; what was said to be right about its prediction stays. */
    public boolean remove(SampleRow sample) {
        return session.transaction("that a sample is gone", in -> delete(in, sample.number()) > 0);
    }

    /** Deletes the oldest, a bounded number at once, until all together have no more bytes than that; says how many. */
    public static int keep(Session in, long bytes, int most) throws SQLException {
        long over;
        try (PreparedStatement sum = in.prepare("SELECT coalesce(sum(size), 0) FROM sample");
                ResultSet row = sum.executeQuery()) {
            over = row.next() ? row.getLong(1) - bytes : 0;
        }
        if (over <= 0) {
            return 0;
        }
        List<Long> oldest = new ArrayList<>();
        try (PreparedStatement query = in.prepare("SELECT id, size FROM sample ORDER BY id LIMIT " + most);
                ResultSet row = query.executeQuery()) {
            while (over > 0 && row.next()) {
                oldest.add(row.getLong(1));
                over -= row.getLong(2);
            }
        }
        int deleted = 0;
        for (long id : oldest) {
            deleted += delete(in, id);
        }
        return deleted;
    }

    private static int delete(Session in, long id) throws SQLException {
        try (PreparedStatement chunks = in.prepare("DELETE FROM sample_chunk WHERE sample = ?");
                PreparedStatement sample = in.prepare("DELETE FROM sample WHERE id = ?")) {
            chunks.setLong(1, id);
            chunks.executeUpdate();
            sample.setLong(1, id);
            return sample.executeUpdate();
        }
    }
}
