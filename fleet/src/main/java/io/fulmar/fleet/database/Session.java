package io.fulmar.fleet.database;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * A connection to the fleet's database. Outside of {@link #transaction} each statement is one of its own. Owned by one thread
 * at a time.
 */
public final class Session implements AutoCloseable {
    private final Connection connection;
    private final Dialect dialect;
    private boolean inTransaction;

    /** Over a connection in auto-commit mode, which this session closes. */
    public Session(Connection connection, Dialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    public Connection connection() {
        return connection;
    }

    public Dialect dialect() {
        return dialect;
    }

    public PreparedStatement prepare(String sql) throws SQLException {
        return connection.prepareStatement(sql);
    }

    /**
     * Runs it as one transaction; when this returns it is on disk. Nobody else writes meanwhile what it has locked: in SQLite
     * that is everything.
     *
     * @param what for the message of the {@link FleetException} when the database fails: "cannot store" and this
     */
    public <T> T transaction(String what, Transaction<T> work) {
        if (inTransaction) {
            throw new IllegalStateException("a transaction in a transaction, which could not be undone by itself");
        }
        inTransaction = true;
        try {
            execute("BEGIN IMMEDIATE");
            boolean committed = false;
            try {
                T result = work.in(this);
                execute("COMMIT");
                committed = true;
                return result;
            } finally {
                if (!committed) {
                    rollback();
                }
            }
        } catch (SQLException e) {
            throw failed("cannot store " + what, e);
        } finally {
            inTransaction = false;
        }
    }

    private void rollback() {
        try {
            execute("ROLLBACK");
        } catch (SQLException e) {
            return; // it may have rolled back by itself, as on a full disk; the first error is the one to report
        }
    }

    private void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Wraps an SQL error into the fleet's own exception. */
    public FleetException failed(String what, SQLException e) {
        return new FleetException(Category.TRANSIENT, what + ": " + e.getMessage(), dialect.hint(), e);
    }

    /** Closes it after a failure that is already known. */
    public void abandon() {
        try {
            connection.close();
        } catch (SQLException e) {
            return; // the first error is the one to report
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw failed("cannot close the database", e);
        }
    }
}
