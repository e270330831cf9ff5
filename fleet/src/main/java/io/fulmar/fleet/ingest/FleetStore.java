package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.command.ControlStore;
import io.fulmar.fleet.database.FleetDatabase;
import io.fulmar.fleet.registry.DeviceRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/** The connection that writes, and the parts that write through it. Owned by the ingest thread. */
public final class FleetStore implements AutoCloseable {
    private final Connection connection;
    private final Ledger ledger;
    private final DeviceRegistry registry;
    private final ControlStore control;

    private FleetStore(Connection connection) {
        this.connection = connection;
        this.control = new ControlStore(connection);
        this.ledger = new SqliteLedger(connection, control.commands());
        this.registry = new DeviceRegistry(connection);
    }

    public static FleetStore open(Path dataDir) {
        Connection connection = FleetDatabase.openWriter(dataDir);
        try {
            return new FleetStore(connection);
        } catch (FleetException e) {
            FleetDatabase.closeQuietly(connection);
            throw e;
        }
    }

    Ledger ledger() {
        return ledger;
    }

    DeviceRegistry registry() {
        return registry;
    }

    ControlStore control() {
        return control;
    }

    @Override
    public void close() {
        try (connection) {
            control.close();
            ledger.close();
            registry.close();
        } catch (SQLException e) {
            throw FleetDatabase.failed("cannot close the database", e);
        }
    }
}
