package io.fulmar.fleet.command;

import io.fulmar.fleet.database.FleetDatabase;
import java.sql.Connection;
import java.sql.SQLException;

/** What is kept about commands and desired states. Owned by the ingest thread, as is the connection, which it does not close. */
public final class ControlStore implements AutoCloseable {
    private final Connection connection;
    private final CommandStore commands;
    private final DesiredStore desired;

    public ControlStore(Connection connection) {
        this.connection = connection;
        this.commands = new CommandStore(connection);
        this.desired = new DesiredStore(connection);
    }

    public CommandStore commands() {
        return commands;
    }

    DesiredStore desired() {
        return desired;
    }

    /** Does it all or nothing of it; when this returns it is on disk. */
    void transaction(String what, Work work) {
        try (var statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            try {
                work.run();
                statement.execute("COMMIT");
            } catch (SQLException | RuntimeException e) {
                try {
                    statement.execute("ROLLBACK");
                } catch (SQLException rollback) {
                    e.addSuppressed(rollback); // SQLite may have rolled back by itself
                }
                throw e;
            }
        } catch (SQLException e) {
            throw FleetDatabase.failed("cannot store " + what, e);
        }
    }

    @Override
    public void close() {
        commands.close();
        desired.close();
    }

    /** What is done in a transaction. */
    interface Work {
        void run() throws SQLException;
    }
}
