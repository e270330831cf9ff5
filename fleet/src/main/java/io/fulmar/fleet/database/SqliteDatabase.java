package io.fulmar.fleet.database;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.sqlite.SqliteLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * The fleet's database as one SQLite file in its data directory.
 *
 * <p>A commit of the writer is on disk when it returns (WAL, synchronous FULL). Transactions are explicit statements;
 * the connection stays in auto-commit mode, because the driver's own transactions take locks too early. Thread-safe;
 * its sessions are not.
 */
public final class SqliteDatabase implements Database {
    /** The file in the data directory. */
    public static final String FILE_NAME = "fleet.db";

    private static final String FOLDER = "sqlite";

    private final Path dataDir;
    private final Path file;

    SqliteDatabase(Path dataDir) {
        this.dataDir = dataDir;
        this.file = dataDir.resolve(FILE_NAME);
    }

    @Override
    public Dialect dialect() {
        return Dialect.SQLITE;
    }

    @Override
    public boolean exists() {
        return Files.isRegularFile(file);
    }

    @Override
    public Session openWriter() {
        try {
            DataDirectory.create(dataDir);
        } catch (IOException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    "cannot create the data directory " + dataDir + ": " + e,
                    "choose a directory that this user may write with --data",
                    e);
        }
        Connection connection = null;
        SqliteLibrary.prepare(dataDir);
        try {
            connection = configuration(false).createConnection("jdbc:sqlite:" + file);
            require(connection, "journal_mode", "wal");
            require(connection, "synchronous", "2");
            createSchema(connection);
            checkVersion(connection);
            return new Session(connection, Dialect.SQLITE);
        } catch (SQLException e) {
            closeQuietly(connection);
            throw cannotOpen(e);
        } catch (RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    @Override
    public Session openLasting() {
        return openWriter();
    }

    @Override
    public Session openReader() {
        if (!exists()) {
            throw new FleetException(
                    Category.PERMANENT,
                    "there is no fleet database at " + file,
                    "name the data directory of 'fulmar fleet serve' with --data, or start that service first");
        }
        Connection connection = null;
        SqliteLibrary.prepare(null);
        try {
            connection = configuration(true).createConnection("jdbc:sqlite:" + file);
            if (schemaVersion(connection) == 0) {
                throw new FleetException(
                        Category.TRANSIENT, file + " is still empty", "wait until 'fulmar fleet serve' has started");
            }
            checkVersion(connection);
            return new Session(connection, Dialect.SQLITE);
        } catch (SQLException e) {
            closeQuietly(connection);
            throw cannotOpen(e);
        } catch (RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    private static SQLiteConfig configuration(boolean readOnly) {
        var config = new SQLiteConfig();
        config.setReadOnly(readOnly);
        config.setBusyTimeout(Math.toIntExact(Limits.DATABASE_BUSY_TIMEOUT.toMillis()));
        config.setPragma(SQLiteConfig.Pragma.MMAP_SIZE, "0");
        if (!readOnly) {
            config.setJournalMode(JournalMode.WAL);
            config.setSynchronous(SynchronousMode.FULL);
            config.setJournalSizeLimit(Limits.DATABASE_WAL_BYTES);
            config.setCacheSize(-Limits.DATABASE_CACHE_KIB);
            config.enforceForeignKeys(false);
        }
        return config;
    }

    private static void require(Connection connection, String pragma, String expected) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("PRAGMA " + pragma)) {
            String actual = result.next() ? result.getString(1) : "nothing";
            if (!expected.equals(actual)) {
                throw new SQLException("PRAGMA " + pragma + " is " + actual + " instead of " + expected);
            }
        }
    }

    /** Each version adds to the one before, so an older database becomes a new one, too. */
    private static void createSchema(Connection connection) throws SQLException {
        if (schemaVersion(connection) >= Schema.VERSION) {
            return;
        }
        try (var statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            for (int version = schemaVersion(connection) + 1; version <= Schema.VERSION; version++) {
                for (String sql : Schema.statements(FOLDER, version)) {
                    statement.execute(sql);
                }
                statement.execute("PRAGMA user_version = " + version);
            }
            statement.execute("COMMIT");
        }
    }

    private void checkVersion(Connection connection) throws SQLException {
        int version = schemaVersion(connection);
        if (version != Schema.VERSION) {
            throw Schema.unknown(file.toString(), version);
        }
    }

    private static int schemaVersion(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("PRAGMA user_version")) {
            return result.next() ? result.getInt(1) : 0;
        }
    }

    private FleetException cannotOpen(SQLException e) {
        return new FleetException(
                Category.PERMANENT,
                "cannot open the fleet database " + file + ": " + e.getMessage(),
                "check that it is a Fulmar database, that this user may read and write it, and that the disk has space",
                e);
    }

    @Override
    public void close() {
        // each connection is closed by who opened it
    }

    private static void closeQuietly(@Nullable Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                return; // the first error is the one to report
            }
        }
    }
}
