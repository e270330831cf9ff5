package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.command.ControlStore;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Duty;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.registry.DeviceRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The session that writes, and the parts that write through it. Owned by the ingest thread. */
public final class FleetStore implements AutoCloseable {
    private final Session session;
    private final Ledger ledger;
    private final DeviceRegistry registry;
    private final ControlStore control;
    private final Duty duty;
    private final Retention retention;

    private FleetStore(Session session, Duration keep, long samplesBytes, int slot) {
        this.session = session;
        this.control = new ControlStore(session);
        this.ledger = new SqlLedger(session, control.commands(), slot);
        this.registry = new DeviceRegistry(session);
        this.duty = new Duty(session, Duty.LISTENING);
        this.retention = new Retention(session, keep, samplesBytes);
    }

    /**
     * Opens what the ingest writes to.
     *
     * @param keep how long records are kept
     * @param samplesBytes what all samples together may have
     * @param node this one of several services; null where it is alone
     */
    public static FleetStore open(Database database, Duration keep, long samplesBytes, @Nullable String node) {
        Session session = database.openLasting();
        try {
            return new FleetStore(
                    session, keep, samplesBytes, node == null ? 0 : Math.floorMod(node.hashCode(), Limits.TOTAL_SLOTS));
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

    /** What only one of several services does. */
    Duty duty() {
        return duty;
    }

    Retention retention() {
        return retention;
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
