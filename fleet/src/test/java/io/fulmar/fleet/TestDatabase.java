package io.fulmar.fleet;

import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.PostgresSettings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** The databases that everything has to work on; a test class runs on each of them as a {@code ParameterizedClass}. */
public enum TestDatabase {
    SQLITE,
    POSTGRESQL;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** A new and empty database becomes that of the fleet with this data directory. */
    public void in(Path dataDir) {
        if (this == POSTGRESQL) {
            try {
                Files.createDirectories(dataDir);
                Database.choose(dataDir, fresh());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static PostgresSettings fresh() {
        String name = "fleet_" + NUMBER.incrementAndGet();
        try (Connection connection = Server.RUNNING.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
            return new PostgresSettings(
                    URI.create("postgresql://postgres@localhost:" + Server.RUNNING.getPort() + "/" + name), null);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One server for all tests of this process; it ends with it. */
    private static final class Server {
        private static final EmbeddedPostgres RUNNING = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
