package io.fulmar.fleet.ingest;

import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.ChainHash;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is stored in a ledger, read with SQL of its own. Owned by the test. */
record StoredContents(Path directory) implements LedgerContract.Contents {
    @Override
    public int streams() {
        return (int) number("SELECT count(*) FROM stream", null);
    }

    @Override
    public List<LedgerContract.StoredRow> rows(TestStream of) {
        return list(
                "SELECT r.seq, r.bytes, r.hash, r.kind FROM record r JOIN stream s ON s.id = r.stream"
                        + " WHERE s.device = ? AND s.epoch = ? AND s.name = ? ORDER BY r.seq",
                of,
                row -> new LedgerContract.StoredRow(
                        row.getLong(1), row.getBytes(2), ChainHash.of(row.getBytes(3)), row.getString(4)));
    }

    @Override
    public List<LedgerContract.Gap> gaps(TestStream of) {
        return list(
                "SELECT first_seq, last_seq FROM gap g JOIN stream s ON s.id = g.stream"
                        + " WHERE s.device = ? AND s.epoch = ? AND s.name = ? ORDER BY first_seq",
                of,
                row -> new LedgerContract.Gap(row.getLong(1), row.getLong(2)));
    }

    @Override
    public long duplicates(TestStream of) {
        return number("SELECT duplicates FROM stream WHERE device = ? AND epoch = ? AND name = ?", of);
    }

    @Override
    public long conflicts() {
        return number("SELECT count(*) FROM conflict", null);
    }

    private long number(String sql, @Nullable TestStream of) {
        return list(sql, of, row -> row.getLong(1)).getFirst();
    }

    private <T> List<T> list(String sql, @Nullable TestStream of, Reader<T> reader) {
        try (Session session = Database.in(directory).openReader();
                PreparedStatement statement = session.prepare(sql)) {
            if (of != null) {
                statement.setString(1, of.device());
                statement.setLong(2, of.epoch());
                statement.setString(3, of.stream().topicName());
            }
            List<T> rows = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }
}
