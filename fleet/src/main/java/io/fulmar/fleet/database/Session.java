package io.fulmar.fleet.database;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
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

    /** Many values as one argument; only PostgreSQL takes such. */
    public Array array(String type, Object[] values) throws SQLException {
        return connection.createArrayOf(type, values);
    }

    /**
     * Runs it as one transaction; when this returns it is on disk. In SQLite nobody else writes meanwhile; in PostgreSQL others
     * do, so what is read to decide on has to be locked, see {@link Dialect#forUpdate}. When two of them are in each other's
     * way it is run again, so it may leave no traces outside of the database but its result.
     *
     * @param what for the message of the {@link FleetException} when the database fails: "cannot store" and this
     */
    public <T> T transaction(String what, Transaction<T> work) {
        if (inTransaction) {
            throw new IllegalStateException("a transaction in a transaction, which could not be undone by itself");
        }
        inTransaction = true;
        try {
            for (int attempt = 1; ; attempt++) {
                try {
                    return attempt(work);
                } catch (SQLException e) {
                    if (attempt == Limits.DATABASE_ATTEMPTS || !dialect.repeatable(e)) {
                        throw failed("cannot store " + what, e);
                    }
                }
            }
        } finally {
            inTransaction = false;
        }
    }

    /**
     * Lets nobody else change that table until the transaction is over, not even with rows of their own; in SQLite nobody else
     * can anyway.
     */
    public void alone(String table) throws SQLException {
        if (dialect == Dialect.POSTGRESQL) {
            execute("LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE");
        }
    }

    /** What is done with each row of an answer. */
    @FunctionalInterface
    public interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    /** Hands over the rows of an answer that may be larger than the memory. */
    public void scan(String sql, RowReader reader) {
        try {
            if (dialect == Dialect.POSTGRESQL) {
                connection.setAutoCommit(false); // else the driver reads all of it at once
            }
            try (PreparedStatement statement = prepare(sql)) {
                statement.setFetchSize(Limits.DATABASE_FETCH);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        reader.read(row);
                    }
                }
            } finally {
                if (dialect == Dialect.POSTGRESQL) {
                    rollback();
                }
            }
        } catch (SQLException e) {
            throw failed("cannot read the database", e);
        }
    }

    /** Whether the database still knows this session; one in a file always does. */
    public boolean isAlive() {
        try {
            return dialect == Dialect.SQLITE || connection.isValid((int) Limits.DATABASE_ANSWER.toSeconds());
        } catch (SQLException e) {
            return false;
        }
    }

    private <T> T attempt(Transaction<T> work) throws SQLException {
        begin();
        boolean committed = false;
        try {
            T result = work.in(this);
            commit();
            committed = true;
            return result;
        } finally {
            if (!committed) {
                rollback();
            }
        }
    }

    private void begin() throws SQLException {
        switch (dialect) {
            case SQLITE -> execute("BEGIN IMMEDIATE"); // the driver's own transactions take locks too early
            case POSTGRESQL -> connection.setAutoCommit(false);
        }
    }

    private void commit() throws SQLException {
        switch (dialect) {
            case SQLITE -> execute("COMMIT");
            case POSTGRESQL -> {
                connection.commit();
                connection.setAutoCommit(true);
            }
        }
    }

    private void rollback() {
        try {
            switch (dialect) {
                case SQLITE -> execute("ROLLBACK");
                case POSTGRESQL -> {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
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
