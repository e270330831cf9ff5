package io.fulmar.fleet.database;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.sqlite.SqliteLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * Opens connections to the fleet's SQLite file: one that writes, any number that read.
 *
 * <p>A commit of the writer is on disk when it returns (WAL, synchronous FULL). Transactions are explicit statements;
 * the connection stays in auto-commit mode, because the driver's own transactions take locks too early. Thread-safe;
 * the connections are not.
 */
public final class FleetDatabase {
    /** The file in the data directory. */
    public static final String FILE_NAME = "fleet.db";

    private static final int SCHEMA_VERSION = 5;
    private static final Pattern STATEMENT_END = Pattern.compile(";\\R");

    private FleetDatabase() {}

    public static Path file(Path dataDir) {
        return dataDir.resolve(FILE_NAME);
    }

    /** Opens the connection that writes, creating directory and schema when they are missing. */
    public static Connection openWriter(Path dataDir) {
        Path file = file(dataDir);
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
            checkVersion(file, connection);
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection);
            throw cannotOpen(file, e);
        } catch (RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    /** Opens a connection that only reads, whether or not a service is writing. */
    public static Connection openReader(Path dataDir) {
        Path file = file(dataDir);
        if (!Files.isRegularFile(file)) {
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
            checkVersion(file, connection);
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection);
            throw cannotOpen(file, e);
        } catch (RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    /** Wraps an SQL error into the fleet's own exception. */
    public static FleetException failed(String what, SQLException e) {
        return new FleetException(
                Category.TRANSIENT,
                what + ": " + e.getMessage(),
                "look at the free space and the health of the disk that holds " + FILE_NAME,
                e);
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
        try (var statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            for (int version = schemaVersion(connection) + 1; version <= SCHEMA_VERSION; version++) {
                for (String sql : STATEMENT_END.split(schema(version), -1)) {
                    if (!sql.isBlank()) {
                        statement.execute(sql);
                    }
                }
                statement.execute("PRAGMA user_version = " + version);
            }
            statement.execute("COMMIT");
        }
    }

    private static void checkVersion(Path file, Connection connection) throws SQLException {
        int version = schemaVersion(connection);
        if (version != SCHEMA_VERSION) {
            throw new FleetException(
                    Category.PERMANENT,
                    file + " has schema version " + version + ", this program knows " + SCHEMA_VERSION,
                    "use the version of Fulmar that wrote it, or a newer one");
        }
    }

    private static int schemaVersion(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("PRAGMA user_version")) {
            return result.next() ? result.getInt(1) : 0;
        }
    }

    private static String schema(int version) {
        try (InputStream in = FleetDatabase.class.getResourceAsStream("schema-" + version + ".sql")) {
            if (in == null) {
                throw new IllegalStateException("the schema is missing in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("the schema cannot be read", e);
        }
    }

    private static FleetException cannotOpen(Path file, SQLException e) {
        return new FleetException(
                Category.PERMANENT,
                "cannot open the fleet database " + file + ": " + e.getMessage(),
                "check that it is a Fulmar database, that this user may read and write it, and that the disk has space",
                e);
    }

    /** Closes a connection after a failure that is already known. */
    public static void closeQuietly(@Nullable Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // the first error is the one to report
                return;
            }
        }
    }
}
