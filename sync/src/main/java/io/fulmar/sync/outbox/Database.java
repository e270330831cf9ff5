package io.fulmar.sync.outbox;

import io.fulmar.sync.sqlite.SqliteLibrary;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import org.sqlite.SQLiteException;

/**
 * The one SQLite connection, with the settings that durability rests on, each read back. Owned by the store thread.
 */
final class Database implements AutoCloseable {
    private final Connection connection;
    private final Statement statement;

    private Database(Connection connection) throws SQLException {
        this.connection = connection;
        this.statement = connection.createStatement();
    }

    static Database open(Path file, long maxPages) throws SQLException {
        SqliteLibrary.prepare(file.toAbsolutePath().getParent());
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
        try {
            Database database = new Database(connection);
            // before anything else, so that no shared memory file is ever made
            database.set("locking_mode", "exclusive", "exclusive");
            database.execute("PRAGMA page_size=" + Limits.PAGE_BYTES);
            database.execute("PRAGMA auto_vacuum=INCREMENTAL");
            database.set("journal_mode", "wal", "wal");
            database.set("synchronous", "FULL", "2");
            database.set("auto_vacuum", "INCREMENTAL", "2");
            database.set("cell_size_check", "ON", "1");
            database.set("trusted_schema", "OFF", "0");
            database.set("mmap_size", "0", "0");
            database.set("wal_autocheckpoint", "0", "0");
            database.set("cache_size", "-" + Limits.CACHE_KIB, "-" + Limits.CACHE_KIB);
            database.execute("PRAGMA max_page_count=" + maxPages);
            return database;
        } catch (SQLException e) {
            closeQuietly(connection, e);
            throw e;
        }
    }

    /** Opens a database that nobody writes to any more, only to look. */
    static Database openToLook(Path file, boolean immutable) throws SQLException {
        SqliteLibrary.prepare(null);
        String uri = file.toAbsolutePath().toUri() + (immutable ? "?immutable=1" : "");
        return new Database(DriverManager.getConnection("jdbc:sqlite:" + uri));
    }

    static boolean isCorruption(SQLException e) {
        return codeOf(e).startsWith("SQLITE_CORRUPT") || codeOf(e).equals("SQLITE_NOTADB");
    }

    static boolean isFull(SQLException e) {
        String code = codeOf(e);
        // a write that ran out of space is reported as any of these, by file system and by where it happened
        return code.equals("SQLITE_FULL") || code.equals("SQLITE_IOERR_WRITE") || code.startsWith("SQLITE_IOERR_SHM");
    }

    static boolean isReadOnly(SQLException e) {
        return codeOf(e).startsWith("SQLITE_READONLY") || codeOf(e).startsWith("SQLITE_CANTOPEN");
    }

    static String codeOf(SQLException e) {
        return e instanceof SQLiteException sqlite ? sqlite.getResultCode().name() : "";
    }

    PreparedStatement prepare(String sql) throws SQLException {
        return connection.prepareStatement(sql);
    }

    void execute(String sql) throws SQLException {
        statement.execute(sql);
    }

    void begin() throws SQLException {
        execute("BEGIN IMMEDIATE");
    }

    void commit() throws SQLException {
        execute("COMMIT");
    }

    long number(String sql) throws SQLException {
        return Long.parseLong(text(sql));
    }

    String text(String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }

    /** Runs a statement to its end, which {@code execute} does not do for a pragma that works in steps. */
    void executeToTheEnd(String sql) throws SQLException {
        statement.executeUpdate(sql);
    }

    /** Writes the log into the database; false when something kept it from finishing. */
    boolean checkpoint(boolean truncate) throws SQLException {
        try (ResultSet rows =
                statement.executeQuery("PRAGMA wal_checkpoint(" + (truncate ? "TRUNCATE" : "PASSIVE") + ")")) {
            return rows.next() && rows.getInt(1) == 0 && rows.getInt(2) == rows.getInt(3);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private void set(String pragma, String value, String expected) throws SQLException {
        execute("PRAGMA " + pragma + "=" + value);
        String actual = text("PRAGMA " + pragma).toLowerCase(Locale.ROOT);
        if (!actual.equals(expected)) {
            throw new SQLException("SQLite kept " + pragma + " at '" + actual + "' instead of " + value);
        }
    }

    private static void closeQuietly(Connection connection, SQLException cause) {
        try {
            connection.close();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}
