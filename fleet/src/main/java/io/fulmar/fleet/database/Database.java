package io.fulmar.fleet.database;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a fleet keeps what it knows. Thread-safe; its sessions are not.
 *
 * <p>Every method throws a {@link io.fulmar.fleet.base.FleetException} when the database cannot be used.
 */
public sealed interface Database extends AutoCloseable permits SqliteDatabase, PostgresDatabase {
    /** That of the fleet with this data directory, for a program that asks once or twice. */
    static Database in(Path dataDir) {
        PostgresSettings settings = SettingsFile.read(dataDir);
        return settings == null ? new SqliteDatabase(dataDir) : PostgresDatabase.of(settings);
    }

    /** The same for a service. */
    static Database serving(Path dataDir) {
        return serving(dataDir, SettingsFile.read(dataDir));
    }

    /** That which these settings name, for a service; null for the file in the data directory. */
    static Database serving(Path dataDir, @Nullable PostgresSettings settings) {
        return settings == null ? new SqliteDatabase(dataDir) : PostgresDatabase.pooled(settings);
    }

    /**
     * From now on the fleet with this data directory keeps what it knows there.
     *
     * @param settings null for a file in the data directory, as it is at first
     */
    static void choose(Path dataDir, @Nullable PostgresSettings settings) {
        SettingsFile.write(dataDir, settings);
    }

    Dialect dialect();

    /** Whether it was ever written to. */
    boolean exists();

    /** Opens a session that writes, creating what is missing of the database and making an older one a new one. */
    Session openWriter();

    /** The same for one that is kept for as long as the service runs. */
    Session openLasting();

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
