package io.fulmar.fleet.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fleet's database on a PostgreSQL server, which several services may share.
 *
 * <p>A commit is on the server's disk when it returns, whatever the server is set to by default; transactions are read
 * committed, and lock the rows that they are about. A service that is cut off in the middle of one gives its locks back
 * within half a minute. Thread-safe; its sessions are not.
 */
public final class PostgresDatabase implements Database {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresDatabase.class);
    private static final String FOLDER = "postgresql";
    /** The tables before it were never made anew, so the first step makes all of them. */
    private static final int FIRST_VERSION = 7;

    private static final long SCHEMA_LOCK = 0x66756c6d6172L; // "fulmar"
    private static final String NO_SUCH_TABLE = "42P01";
    private static final String PREPARE = """
            SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
                                  WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),
                   set_config('default_transaction_isolation', 'read committed', false),
                   set_config('idle_in_transaction_session_timeout', '30000', false),
                   set_config('tcp_keepalives_idle', '10', false),
                   set_config('tcp_keepalives_interval', '5', false),
                   set_config('tcp_keepalives_count', '3', false)""";

    /** What these log is said by our own errors. Kept, because a logger that nobody holds forgets its level. */
    private static final List<java.util.logging.Logger> QUIET = Stream.of("com.zaxxer.hikari", "org.postgresql")
            .map(java.util.logging.Logger::getLogger)
            .toList();

    private final PostgresSettings settings;
    private final @Nullable HikariDataSource pool;
    private final AtomicBoolean warned = new AtomicBoolean();

    private PostgresDatabase(PostgresSettings settings, @Nullable HikariDataSource pool) {
        this.settings = settings;
        this.pool = pool;
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
    }

    /** For a program that asks once or twice: each session is a connection of its own. */
    static PostgresDatabase of(PostgresSettings settings) {
        return new PostgresDatabase(settings, null);
    }

    /** For a service: its sessions share connections, which are given back when they are closed. */
    static PostgresDatabase pooled(PostgresSettings settings) {
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
        var config = new HikariConfig();
        config.setPoolName("fleet");
        config.setJdbcUrl(settings.jdbcUrl());
        config.setDataSourceProperties(properties(settings));
        config.setConnectionInitSql(PREPARE);
        config.setMaximumPoolSize(Limits.DATABASE_CONNECTIONS);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(Limits.DATABASE_CONNECT.toMillis());
        config.setInitializationFailTimeout(-1); // opening the first session says better what is wrong
        config.setAutoCommit(true);
        return new PostgresDatabase(settings, new HikariDataSource(config));
    }

    private static Properties properties(PostgresSettings settings) {
        var properties = new Properties();
        properties.putAll(settings.parameters());
        properties.setProperty("user", settings.user());
        String password = settings.password();
        if (password != null) {
            properties.setProperty("password", password);
        }
        properties.setProperty("ApplicationName", "fulmar-fleet");
        properties.setProperty("reWriteBatchedInserts", "true");
        properties.setProperty("readOnlyMode", "always");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("connectTimeout", Long.toString(Limits.DATABASE_CONNECT.toSeconds()));
        properties.setProperty("socketTimeout", Long.toString(Limits.DATABASE_SILENCE.toSeconds()));
        return properties;
    }

    @Override
    public Dialect dialect() {
        return Dialect.POSTGRESQL;
    }

    @Override
    public boolean exists() {
        Connection connection = connect();
        try {
            return version(connection) > 0;
        } catch (SQLException e) {
            throw cannotUse(e);
        } finally {
            closeQuietly(connection);
        }
    }

    @Override
    public Session openWriter() {
        return writer(connect());
    }

    /** Not of the pool: what its server remembers of it ends with it. */
    @Override
    public Session openLasting() {
        return writer(connectDirectly());
    }

    private Session writer(Connection connection) {
        try {
            if (version(connection) < Schema.VERSION) {
                migrate(connection);
            }
            checkVersion(connection);
            return new Session(connection, Dialect.POSTGRESQL);
        } catch (SQLException e) {
            closeQuietly(connection);
            throw cannotUse(e);
        } catch (RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    @Override
    public Session openReader() {
        Connection connection = connect();
        try {
            if (version(connection) == 0) {
                throw new FleetException(
                        Category.TRANSIENT,
                        settings.text() + " is still empty",
                        "wait until 'fulmar fleet serve' has started");
            }
            checkVersion(connection);
            connection.setReadOnly(true);
            return new Session(connection, Dialect.POSTGRESQL);
        } catch (SQLException e) {
            closeQuietly(connection);
            throw cannotUse(e);
        } catch (RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    private Connection connect() {
        try {
            return pool == null ? connectDirectly() : living(pool);
        } catch (SQLException e) {
            throw cannotUse(e);
        }
    }

    /** After the server was started again there are connections in the pool that nobody has missed yet. */
    private static Connection living(HikariDataSource pool) throws SQLException {
        Connection connection = pool.getConnection();
        for (int i = 0; i < Limits.DATABASE_CONNECTIONS; i++) {
            if (connection.isValid((int) Limits.DATABASE_ANSWER.toSeconds())) {
                break;
            }
            pool.evictConnection(connection);
            connection = pool.getConnection();
        }
        return connection;
    }

    private Connection connectDirectly() {
        try {
            Connection connection = DriverManager.getConnection(settings.jdbcUrl(), properties(settings));
            try (Statement statement = connection.createStatement()) {
                statement.execute(PREPARE);
                return connection;
            } catch (SQLException e) {
                closeQuietly(connection);
                throw e;
            }
        } catch (SQLException e) {
            throw cannotUse(e);
        }
    }

    private static int version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT version FROM fulmar_schema")) {
            return row.next() ? row.getInt(1) : 0;
        } catch (SQLException e) {
            if (NO_SUCH_TABLE.equals(e.getSQLState())) {
                return 0;
            }
            throw e;
        }
    }

    private void checkVersion(Connection connection) throws SQLException {
        int version = version(connection);
        if (version != Schema.VERSION) {
            throw Schema.unknown(settings.text(), version);
        }
        if (warned.compareAndSet(false, true) && "off".equals(setting(connection, "fsync"))) {
            LOG.warn(
                    "{} runs with fsync=off: a power cut may lose what was acknowledged, and more; set fsync=on",
                    settings.text());
        }
    }

    /** One at a time makes the tables, all of them or none. */
    private void migrate(Connection connection) throws SQLException {
        if (!"UTF8".equals(setting(connection, "server_encoding"))) {
            throw new FleetException(
                    Category.PERMANENT,
                    settings.text() + " is not in UTF8",
                    "create it with: createdb --encoding=UTF8 --template=template0 " + settings.name());
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_xact_lock(" + SCHEMA_LOCK + ")");
            statement.execute("CREATE TABLE IF NOT EXISTS fulmar_schema (version INTEGER NOT NULL)");
            int there = version(connection);
            for (int version = Math.max(there + 1, FIRST_VERSION); version <= Schema.VERSION; version++) {
                for (String sql : Schema.statements(FOLDER, version)) {
                    statement.execute(sql);
                }
            }
            if (there < Schema.VERSION) {
                statement.execute(
                        there == 0
                                ? "INSERT INTO fulmar_schema (version) VALUES (" + Schema.VERSION + ")"
                                : "UPDATE fulmar_schema SET version = " + Schema.VERSION);
            }
            connection.commit();
        } finally {
            connection.rollback(); // nothing after the commit
            connection.setAutoCommit(true);
        }
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + name)) {
            return row.next() ? Objects.requireNonNullElse(row.getString(1), "") : "";
        }
    }

    private FleetException cannotUse(SQLException e) {
        SQLException cause =
                e.getCause() instanceof SQLException inner ? inner : e; // the pool's says only that it waited
        String state = Objects.requireNonNullElse(cause.getSQLState(), "");
        String hint = switch (state) {
            case "28P01", "28000" ->
                "check the user, and the password in --database-password-file or " + PostgresSettings.PASSWORD_VARIABLE;
            case "3D000" -> "create it with: createdb " + settings.name();
            case "42501" -> "let the user own the database, or its schema";
            default -> "check that the PostgreSQL server runs there and lets this machine in";
        };
        return new FleetException(
                Category.PERMANENT,
                "cannot use " + settings.text() + " as " + settings.user() + ": " + oneLine(cause.getMessage()),
                hint,
                e);
    }

    private static String oneLine(@Nullable String message) {
        return message == null ? "no reason was given" : message.replaceAll("\\s*\\R\\s*", "; ");
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            return; // the first error is the one to report
        }
    }

    @Override
    public void close() {
        if (pool != null) {
            pool.close();
        }
    }
}
