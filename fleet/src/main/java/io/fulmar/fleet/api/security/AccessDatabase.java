package io.fulmar.fleet.api.security;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Transaction;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one session with the database in which it is looked up who may do what, and written down who did. It is opened again
 * after a failure, and where the database has ended it meanwhile. Thread-safe: requests take turns, each for a few short statements.
 */
public final class AccessDatabase implements AutoCloseable {
    private final Database database;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Session session;

    /** Reads the columns of the row where it stands. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    public AccessDatabase(Database database) {
        this.database = database;
    }

    <T> T write(String what, Transaction<T> work) {
        return use(opened -> opened.transaction(what, work));
    }

    /** The rows of a question. */
    <T> List<T> list(String sql, Row<T> reader, @Nullable Object... arguments) {
        return use(opened -> {
            try {
                return rows(opened, sql, reader, arguments);
            } catch (SQLException e) {
                throw opened.failed("cannot read the database", e);
            }
        });
    }

    /** The same within a transaction. */
    static <T> List<T> rows(Session session, String sql, Row<T> reader, @Nullable Object... arguments)
            throws SQLException {
        try (PreparedStatement statement = prepared(session, sql, arguments);
                ResultSet row = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(reader.read(row));
            }
            return rows;
        }
    }

    /** Changes rows; returns how many. */
    static int change(Session session, String sql, @Nullable Object... arguments) throws SQLException {
        try (PreparedStatement statement = prepared(session, sql, arguments)) {
            return statement.executeUpdate();
        }
    }

    private static PreparedStatement prepared(Session session, String sql, @Nullable Object... arguments)
            throws SQLException {
        PreparedStatement statement = session.prepare(sql);
        try {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    private interface Use<T> {
        T with(Session session);
    }

    private <T> T use(Use<T> use) {
        lock.lock();
        try {
            Session open = session;
            if (open != null && !open.isAlive()) {
                open.abandon(); // the database was started again, or somebody on the way has forgotten the connection
                open = null;
                session = null;
            }
            if (open == null) {
                open = database.openWriter();
                session = open;
            }
            try {
                return use.with(open);
            } catch (FleetException e) {
                open.abandon();
                session = null;
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (session != null) {
                session.close();
                session = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
