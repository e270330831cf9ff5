package io.fulmar.cli.world;

import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One stream as the fleet's database has it, read with plain SQL. Owned by the test's thread. */
final class Stored {
    /** Which stream that is. */
    record Key(String device, long epoch, Stream stream) {}

    /** A gap row. */
    record Gap(long first, long last, String reason, long count) {}

    final long next;
    final ChainHash hash;
    final long rowCount;
    final long gapRowCount;
    final long conflicts;
    final TreeMap<Long, String> rows = new TreeMap<>();
    final TreeMap<Long, Gap> gaps = new TreeMap<>();

    private Stored(long next, ChainHash hash, long rowCount, long gapRowCount, long conflicts) {
        this.next = next;
        this.hash = hash;
        this.rowCount = rowCount;
        this.gapRowCount = gapRowCount;
        this.conflicts = conflicts;
    }

    /** Whether a gap stands for that row. */
    boolean covers(long seq) {
        Map.Entry<Long, Gap> gap = gaps.floorEntry(seq);
        return gap != null && seq <= gap.getValue().last();
    }

    @Nullable
    String row(long seq) {
        return rows.get(seq);
    }

    /** How far each stream is stored, without its rows. */
    static Map<Key, Stored> heads(Path dir) {
        return read(dir, false);
    }

    /** Everything that is stored. */
    static Map<Key, Stored> everything(Path dir) {
        return read(dir, true);
    }

    private static Map<Key, Stored> read(Path dir, boolean withRows) {
        try (Session session = Database.in(dir).openReader();
                var statement = session.connection().createStatement()) {
            Map<Key, Stored> streams = new LinkedHashMap<>();
            Map<Long, Stored> byId = new HashMap<>();
            try (ResultSet row = statement.executeQuery("SELECT id, device, epoch, name, next, hash, row_count,"
                    + " gap_row_count, conflicts FROM stream ORDER BY id")) {
                while (row.next()) {
                    Stored stored = new Stored(
                            row.getLong(5),
                            ChainHash.of(row.getBytes(6)),
                            row.getLong(7),
                            row.getLong(8),
                            row.getLong(9));
                    Stream stream = Stream.valueOf(row.getString(4).toUpperCase(Locale.ROOT));
                    streams.put(new Key(row.getString(2), row.getLong(3), stream), stored);
                    byId.put(row.getLong(1), stored);
                }
            }
            if (withRows) {
                readRows(statement, byId);
            }
            return streams;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void readRows(java.sql.Statement statement, Map<Long, Stored> byId) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT stream, seq, bytes FROM record")) {
            while (row.next()) {
                Stored stored = byId.get(row.getLong(1));
                if (stored != null) {
                    stored.rows.put(row.getLong(2), Bytes.text(row.getBytes(3)));
                }
            }
        }
        try (ResultSet row = statement.executeQuery("SELECT stream, first_seq, last_seq, reason, row_count FROM gap")) {
            while (row.next()) {
                Stored stored = byId.get(row.getLong(1));
                if (stored != null) {
                    stored.gaps.put(
                            row.getLong(2), new Gap(row.getLong(2), row.getLong(3), row.getString(4), row.getLong(5)));
                }
            }
        }
    }
}
