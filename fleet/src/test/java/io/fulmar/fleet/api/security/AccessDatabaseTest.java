package io.fulmar.fleet.api.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The session of the API with a database that is started again now and then. */
class AccessDatabaseTest {
    @Test
    void theFirstRequestAfterTheDatabaseWasStartedAgainIsAnsweredToo(@TempDir Path dir) throws SQLException {
        TestDatabase.POSTGRESQL.in(dir);
        try (Database database = Database.serving(dir);
                var access = new AccessDatabase(database)) {
            for (int i = 0; i < 3; i++) {
                assertThat(access.list("SELECT 1", row -> row.getLong(1))).containsExactly(1L);
                endAllSessionsOf(dir);
            }
        }
    }

    private static void endAllSessionsOf(Path dir) throws SQLException {
        try (Session session = Database.in(dir).openWriter();
                Statement statement = session.connection().createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }
    }
}
