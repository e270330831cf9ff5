package io.fulmar.fleet.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.base.FleetException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an older version wrote is read by this one. */
class SqliteDatabaseTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @Test
    void aDirectoryThatItMakesIsForItsOwnerOnly() throws Exception {
        Path made = dir.resolve("made");
        Database.in(made).openWriter().close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }

    @Test
    void aDatabaseOfTheFirstVersionBecomesANewOneAndKeepsWhatIsInIt() throws Exception {
        try (Connection old = old();
                Statement statement = old.createStatement()) {
            try (InputStream in =
                    Objects.requireNonNull(SqliteDatabase.class.getResourceAsStream("sqlite/schema-1.sql"))) {
                statement.executeUpdate(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
            statement.execute("INSERT INTO device (id, first_seen, last_seen) VALUES ('press-7', 1, 2)");
            statement.execute("PRAGMA user_version = 1");
        }

        try (Session writer = Database.in(dir).openWriter()) {
            assertThat(number(writer, "SELECT last_seen FROM device WHERE id = 'press-7'"))
                    .isEqualTo(2);
            for (String table : new String[] {"command", "command_answer", "device_group", "desired", "reported"}) {
                assertThat(number(writer, "SELECT count(*) FROM " + table))
                        .as(table)
                        .isZero();
            }
        }
        try (Session again = Database.in(dir).openWriter();
                Session reader = Database.in(dir).openReader()) {
            assertThat(number(reader, "PRAGMA user_version")).isGreaterThan(1);
            assertThat(number(again, "SELECT count(*) FROM device")).isEqualTo(1);
        }
    }

    @Test
    void aDatabaseOfALaterVersionIsLeftAlone() throws Exception {
        Database.in(dir).openWriter().close();
        try (Connection old = old();
                Statement statement = old.createStatement()) {
            statement.execute("PRAGMA user_version = 1000");
        }
        assertThatThrownBy(() -> Database.in(dir).openWriter())
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("1000");
        assertThatThrownBy(() -> Database.in(dir).openReader()).hasMessageContaining("1000");
    }

    private Connection old() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + dir.resolve(SqliteDatabase.FILE_NAME));
    }

    private static long number(Session session, String sql) throws SQLException {
        try (Statement statement = session.connection().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }
}
