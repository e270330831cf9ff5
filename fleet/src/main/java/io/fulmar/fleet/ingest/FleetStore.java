package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.database.FleetDatabase;
import io.fulmar.fleet.registry.DeviceRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/** The connection that writes, and the two parts that write through it. Owned by the ingest thread. */
public final class FleetStore implements AutoCloseable {
    private final Connection connection;
    private final Ledger ledger;
    private final DeviceRegistry registry;

    private FleetStore(Connection connection, Ledger ledger, DeviceRegistry registry) {
        this.connection = connection;
        this.ledger = ledger;
        this.registry = registry;
    }

    public static FleetStore open(Path dataDir) {
        Connection connection = FleetDatabase.openWriter(dataDir);
        try {
            return new FleetStore(connection, new SqliteLedger(connection), new DeviceRegistry(connection));
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

    @Override
    public void close() {
        try (connection) {
            ledger.close();
            registry.close();
        } catch (SQLException e) {
            throw FleetDatabase.failed("cannot close the database", e);
        }
    }
}
