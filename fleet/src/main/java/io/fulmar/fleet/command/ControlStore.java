package io.fulmar.fleet.command;

import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.registry.DeviceEvents;
import java.sql.SQLException;

/** What is kept about commands and desired states. Owned by the ingest thread, as is the session, which it does not close. */
public final class ControlStore implements AutoCloseable {
    private final Session session;
    private final CommandStore commands;
    private final DesiredStore desired;

    public ControlStore(Session session) {
        this.session = session;
        this.commands = new CommandStore(session);
        this.desired = new DesiredStore(session);
    }

    public CommandStore commands() {
        return commands;
    }

    DesiredStore desired() {
        return desired;
    }

    /** Does it all or nothing of it; when this returns it is on disk. */
    void transaction(String what, Work work) {
        session.transaction(what, in -> {
            work.run();
            return true;
        });
    }

    /** Drops what happened to devices so long ago that nobody will ask. */
    void forgetEvents(long nowMillis) {
        session.<Boolean>transaction("the history of devices", in -> {
            DeviceEvents.forgetOld(in, nowMillis);
            return true;
        });
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
