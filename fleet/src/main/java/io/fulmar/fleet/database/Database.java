package io.fulmar.fleet.database;

import java.nio.file.Path;

/**
 * Where a fleet keeps what it knows. Thread-safe; its sessions are not.
 *
 * <p>Every method throws a {@link io.fulmar.fleet.base.FleetException} when the database cannot be used.
 */
public sealed interface Database extends AutoCloseable permits SqliteDatabase {
    /** That of the fleet with this data directory. */
    static Database in(Path dataDir) {
        return new SqliteDatabase(dataDir);
    }

    Dialect dialect();

    /** Whether it was ever written to. */
    boolean exists();

    /** Opens a session that writes, creating what is missing of the database and making an older one a new one. */
    Session openWriter();

    /** Opens a session that only reads, whether or not a service is writing. */
    Session openReader();

    /** Does this as one transaction in a session of its own; see {@link Session#transaction}. */
    default <T> T write(String what, Transaction<T> work) {
        try (Session session = openWriter()) {
            return session.transaction(what, work);
        }
    }

    /** Closes what is shared by sessions. */
    @Override
    void close();
}
