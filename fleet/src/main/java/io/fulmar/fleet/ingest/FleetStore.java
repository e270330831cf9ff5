package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.command.ControlStore;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.registry.DeviceRegistry;

/** The session that writes, and the parts that write through it. Owned by the ingest thread. */
public final class FleetStore implements AutoCloseable {
    private final Session session;
    private final Ledger ledger;
    private final DeviceRegistry registry;
    private final ControlStore control;

    private FleetStore(Session session) {
        this.session = session;
        this.control = new ControlStore(session);
        this.ledger = new SqlLedger(session, control.commands());
        this.registry = new DeviceRegistry(session);
    }

    public static FleetStore open(Database database) {
        Session session = database.openWriter();
        try {
            return new FleetStore(session);
        } catch (FleetException e) {
            session.abandon();
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
        try (session) {
            control.close();
            ledger.close();
            registry.close();
        }
    }
}
