package io.fulmar.fleet.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Status;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(TestDatabase.class)
class DeviceRegistryTest {
    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    private static final Hello HELLO = new Hello("0.1.0", 1, 0, 0, List.of(), List.of(), List.of());

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Session session;

    @SuppressWarnings("NullAway.Init")
    private DeviceRegistry registry;

    @BeforeEach
    void open() {
        database.in(dir);
        session = Database.in(dir).openWriter();
        registry = new DeviceRegistry(session);
    }

    @AfterEach
    void close() throws SQLException {
        registry.close();
        session.close();
    }

    @Test
    void aFullDatabaseIsNamedAsTheCause() throws SQLException {
        assumeThat(database).as("a server's disk is not ours to fill").isEqualTo(TestDatabase.SQLITE);
        try (var statement = session.connection().createStatement()) {
            statement.execute("PRAGMA max_page_count = 1");
        }
        for (int i = 0; i < 5_000; i++) {
            registry.heard("device-with-a-long-name-" + i, 1_000);
        }
        assertThatThrownBy(registry::flush).isInstanceOf(FleetException.class).hasMessageContaining("full");
    }

    @Test
    void aDeviceThatSaysHelloIsOnlineAndKnownSinceThen() {
        registry.hello("press-7", HELLO, 1_000);
        registry.heard("press-7", 2_000);
        assertThat(registry.flush()).isEqualTo(1);
        registry.heard("press-7", 9_000);
        registry.flush();

        DeviceRow row = only();
        assertThat(row.online()).isTrue();
        assertThat(row.agentVersion()).isEqualTo("0.1.0");
        assertThat(row.firstSeenMillis()).isEqualTo(2_000);
        assertThat(row.lastSeenMillis()).isEqualTo(9_000);
        assertThat(row.lastHelloMillis()).isEqualTo(1_000);
    }

    @Test
    void aLastWillTakesTheDeviceOfflineAndKeepsWhatElseIsKnown() {
        registry.hello("press-7", HELLO, 1_000);
        registry.flush();
        registry.status("press-7", status(false, 900), "{\"online\":false}", false, 5_000);
        registry.flush();

        DeviceRow row = only();
        assertThat(row.online()).isFalse();
        assertThat(row.lastHelloMillis()).isEqualTo(1_000);
        assertThat(row.status()).isEqualTo("{\"online\":false}");
    }

    @Test
    void aRetainedStatusDoesNotPretendThatTheDeviceWasHeardNow() {
        registry.status("press-7", status(true, 900), "{}", true, 5_000);
        registry.flush();
        assertThat(only().lastSeenMillis()).isEqualTo(900);
    }

    @Test
    void afterANewConnectionToTheBrokerOnlyThoseAreOnlineThatSaySo() {
        registry.hello("press-7", HELLO, 1_000);
        registry.hello("press-8", HELLO, 1_000);
        registry.flush();
        registry.hello("press-7", HELLO, 2_000);
        registry.forgetOnline();
        registry.hello("press-8", HELLO, 3_000);
        registry.flush();

        assertThat(devices()).extracting(DeviceRow::online).containsExactly(false, true);
    }

    @Test
    void unreadableMessagesAreAddedUp() {
        registry.refused("press-7", 1_000);
        registry.refused("press-7", 1_000);
        registry.flush();
        registry.refused("press-7", 1_000);
        registry.flush();
        assertThat(only().refused()).isEqualTo(3);
    }

    private static Status status(boolean online, long wallMillis) {
        return new Status(
                online, null, "0.1.0", 1, wallMillis, 0, Status.Health.HEALTHY, List.of(), List.of(), List.of(), 0, 0);
    }

    private DeviceRow only() {
        assertThat(devices()).hasSize(1);
        return devices().getFirst();
    }

    private List<DeviceRow> devices() {
        try (var queries = FleetQueries.open(dir)) {
            return queries.devices();
        }
    }
}
