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
class FleetDatabaseTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @Test
    void aDirectoryThatItMakesIsForItsOwnerOnly() throws Exception {
        Path made = dir.resolve("made");
        FleetDatabase.openWriter(made).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }

    @Test
    void aDatabaseOfTheFirstVersionBecomesANewOneAndKeepsWhatIsInIt() throws Exception {
        try (Connection old = old();
                Statement statement = old.createStatement()) {
            try (InputStream in = Objects.requireNonNull(FleetDatabase.class.getResourceAsStream("schema-1.sql"))) {
                statement.executeUpdate(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
            statement.execute("INSERT INTO device (id, first_seen, last_seen) VALUES ('press-7', 1, 2)");
            statement.execute("PRAGMA user_version = 1");
        }

        try (Connection writer = FleetDatabase.openWriter(dir)) {
            assertThat(number(writer, "SELECT last_seen FROM device WHERE id = 'press-7'"))
                    .isEqualTo(2);
            for (String table : new String[] {"command", "command_answer", "device_group", "desired", "reported"}) {
                assertThat(number(writer, "SELECT count(*) FROM " + table))
                        .as(table)
                        .isZero();
            }
        }
        try (Connection again = FleetDatabase.openWriter(dir);
                Connection reader = FleetDatabase.openReader(dir)) {
            assertThat(number(reader, "PRAGMA user_version")).isGreaterThan(1);
            assertThat(number(again, "SELECT count(*) FROM device")).isEqualTo(1);
        }
    }

    @Test
    void aDatabaseOfALaterVersionIsLeftAlone() throws Exception {
        FleetDatabase.openWriter(dir).close();
        try (Connection old = old();
                Statement statement = old.createStatement()) {
            statement.execute("PRAGMA user_version = 1000");
        }
        assertThatThrownBy(() -> FleetDatabase.openWriter(dir))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("1000");
        assertThatThrownBy(() -> FleetDatabase.openReader(dir)).hasMessageContaining("1000");
    }

    private Connection old() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + FleetDatabase.file(dir));
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }
}
