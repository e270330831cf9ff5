package io.fulmar.fleet.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.base.FleetException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresDatabaseTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @BeforeEach
    void choose() {
        TestDatabase.POSTGRESQL.in(dir);
    }

    @Test
    void servicesThatStartTogetherMakeTheTablesOnce() throws Exception {
        assertThat(Database.in(dir).exists()).isFalse();
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> opened = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                opened.add(threads.submit(() -> Database.in(dir).openWriter().close()));
            }
            for (Future<?> each : opened) {
                each.get();
            }
        }
        assertThat(Database.in(dir).exists()).isTrue();
        try (Session reader = Database.in(dir).openReader()) {
            assertThat(text(reader, "SELECT count(*) FROM fulmar_schema")).isEqualTo("1");
            assertThat(text(reader, "SELECT number FROM identity_change")).isEqualTo("1");
        }
    }

    @Test
    void anEmptyDatabaseCannotBeReadYet() {
        assertThatThrownBy(() -> Database.in(dir).openReader())
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("still empty");
    }

    @Test
    void aDatabaseOfALaterVersionIsLeftAlone() throws Exception {
        try (Session writer = Database.in(dir).openWriter();
                Statement statement = writer.connection().createStatement()) {
            statement.execute("UPDATE fulmar_schema SET version = 1000");
        }
        assertThatThrownBy(() -> Database.in(dir).openWriter())
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("1000");
        assertThatThrownBy(() -> Database.in(dir).openReader()).hasMessageContaining("1000");
    }

    @Test
    void aCommitIsOnDiskWhateverTheServerIsSetToAndReadersDoNotWrite() throws Exception {
        try (Database pooled = Database.serving(dir)) {
            try (Session writer = pooled.openWriter()) {
                assertThat(text(writer, "SHOW synchronous_commit")).isEqualTo("on");
                assertThat(text(writer, "SHOW transaction_isolation")).isEqualTo("read committed");
            }
            try (Session reader = pooled.openReader()) {
                assertThatThrownBy(() -> text(reader, "DELETE FROM device RETURNING id"))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("read-only");
            }
        }
        try (Session writer = Database.in(dir).openWriter()) {
            assertThat(text(writer, "SHOW synchronous_commit")).isEqualTo("on");
        }
    }

    @Test
    void whatFailsIsUndoneAsAWhole() throws Exception {
        Database database = Database.in(dir);
        assertThatThrownBy(() -> database.write("it", in -> {
                    try (Statement statement = in.connection().createStatement()) {
                        statement.execute("INSERT INTO device (id, first_seen, last_seen) VALUES ('press-7', 1, 2)");
                        return statement.execute("SELECT nothing");
                    }
                }))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("cannot store it");
        try (Session reader = database.openReader()) {
            assertThat(text(reader, "SELECT count(*) FROM device")).isEqualTo("0");
        }
    }

    @Test
    void transactionsThatLockEachOtherOutAreTriedAgain() throws Exception {
        Database database = Database.in(dir);
        database.write(
                "two",
                in -> update(in, "INSERT INTO device (id, first_seen, last_seen) VALUES ('a', 0, 0), ('b', 0, 0)"));
        try (var threads = Executors.newFixedThreadPool(2)) {
            List<Future<?>> done = new ArrayList<>();
            for (List<String> order : List.of(List.of("a", "b"), List.of("b", "a"))) {
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 50; i++) {
                        database.write("both", in -> {
                            for (String id : order) {
                                update(in, "UPDATE device SET refused = refused + 1 WHERE id = '" + id + "'");
                            }
                            return true;
                        });
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
        try (Session reader = database.openReader()) {
            assertThat(text(reader, "SELECT min(refused) || ' ' || max(refused) FROM device"))
                    .isEqualTo("100 100");
        }
    }

    @Test
    void saysWhatIsWrongWithAServerThatIsNotThere() {
        Database.choose(dir, new PostgresSettings(URI.create("postgresql://fleet@localhost:1/fleet"), null));
        assertThatThrownBy(() -> Database.in(dir).openWriter()).isInstanceOfSatisfying(FleetException.class, e -> {
            assertThat(e).hasMessageContaining("the database fleet at localhost:1 as fleet");
            assertThat(e.hint()).contains("server runs");
        });
    }

    @Test
    void saysWhatIsWrongWithADatabaseThatIsNotThere() {
        PostgresSettings there = Objects.requireNonNull(SettingsFile.read(dir));
        URI url = URI.create(there.url().toString().replaceAll("/fleet_\\d+$", "/nobodys"));
        Database.choose(dir, new PostgresSettings(url, null));
        assertThatThrownBy(() -> Database.in(dir).openWriter())
                .isInstanceOfSatisfying(
                        FleetException.class, e -> assertThat(e.hint()).contains("createdb nobodys"));
    }

    @Test
    void anAddressWithoutHostUserOrWithAPasswordIsRefused() {
        for (String wrong : List.of(
                "mysql://fleet@host/fleet",
                "postgresql://fleet@host",
                "postgresql://host/fleet",
                "postgresql://fleet@host/fleet?socketFactory=evil")) {
            assertThatThrownBy(() -> new PostgresSettings(URI.create(wrong), null))
                    .as(wrong)
                    .isInstanceOf(FleetException.class);
        }
        assertThatThrownBy(() -> new PostgresSettings(URI.create("postgresql://fleet:secret@host/fleet"), null))
                .hasMessageContaining("seen by others")
                .hasMessageNotContaining("secret@");
    }

    @Test
    void thePasswordComesFromAFileThatOthersCannotRead() throws Exception {
        Path file = Files.writeString(dir.resolve("password"), "s3cret\nrest\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        var settings = new PostgresSettings(URI.create("postgresql://fleet@host/fleet"), file);
        assertThatThrownBy(settings::password)
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("others can read");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(settings.password()).isEqualTo("s3cret");
        Database.choose(dir, settings);
        assertThat(SettingsFile.read(dir)).isEqualTo(settings);
        assertThat(Files.readString(dir.resolve(SettingsFile.NAME))).doesNotContain("s3cret");
        Database.choose(dir, null);
        assertThat(SettingsFile.read(dir)).isNull();
    }

    private static int update(Session session, String sql) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    private static String text(Session session, String sql) throws SQLException {
        try (Statement statement = session.connection().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }
}
