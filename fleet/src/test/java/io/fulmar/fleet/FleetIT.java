package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.StoredRecord;
import io.fulmar.fleet.query.StreamRow;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Renew;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Welcome;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole service over a real broker, with a device at the other end of a real link. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class FleetIT {
    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @BeforeEach
    void choose() {
        database.in(dir);
    }

    @Test
    void killedWithSigkillAgainAndAgainItHoldsEveryRecordOnceByteForByte() throws Exception {
        int total = 6_000;
        int kills = 4;
        FleetProcess process = FleetProcess.start(dir, 0);
        int port = process.mqttPort();
        try (var device = new TestDevice("press-7", 77, URI.create("mqtt://127.0.0.1:" + port))) {
            for (int i = 1; i <= total; i++) {
                device.record(("record " + i).getBytes(StandardCharsets.UTF_8));
            }
            for (int kill = 1; kill <= kills; kill++) {
                int enough = total * kill / (kills + 1);
                device.until(true, 50, () -> device.acknowledged() >= enough);
                process.kill();
                process = FleetProcess.start(dir, port);
            }
            device.until(true, 50, () -> device.acknowledged() == total);
            assertStoredOnce(device);
        } finally {
            process.close();
        }
    }

    @Test
    void answersAHelloWithAWelcomeAndWithWhereItStands() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            record(device, 5);
            device.connect();
            assertThat(device.heard(Expected.class)).isEmpty();

            device.until(true, 5, () -> device.acknowledged() == 5);
            int welcomes = device.heard(Welcome.class).size();
            device.publish(device.hello());
            device.until(false, 1, () -> device.heard(Welcome.class).size() > welcomes);
            assertThat(device.heard(Expected.class)).isEmpty();
        }
    }

    @Test
    void asksForTheRowsThatAreMissing() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            record(device, 5);
            device.connect();
            device.publish(device.batch(3, 5));
            device.until(false, 1, () -> !device.heard(Expected.class).isEmpty());
            assertThat(device.heard(Expected.class).getFirst().next()).isEqualTo(1);
            device.publish(device.batch(1, 5));
            device.until(false, 1, () -> device.acknowledged() == 5);
            assertStoredOnce(device);
        }
    }

    @Test
    void acknowledgesARepetitionAgainAndCountsIt() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            record(device, 5);
            device.until(true, 5, () -> device.acknowledged() == 5);
            int answers = device.heard(Acknowledge.class).size();
            device.publish(device.batch(1, 5));
            device.until(
                    false,
                    1,
                    () -> device.heard(Acknowledge.class).size() > answers
                            && stream().duplicates() >= 5);
            assertStoredOnce(device);
        }
    }

    @Test
    void ordersANewEpochFromADeviceThatContradictsWhatIsStored() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir))) {
            var device = new TestDevice("press-7", 77, fleet.brokerUrl());
            try (device) {
                record(device, 5);
                device.until(true, 5, () -> device.acknowledged() == 5);
            }
            try (var copy = new TestDevice("press-7", 77, fleet.brokerUrl())) {
                for (int i = 0; i < 5; i++) {
                    copy.record(("another past " + i).getBytes(StandardCharsets.UTF_8));
                }
                copy.until(false, 1, () -> !copy.heard(Renew.class).isEmpty());
                int orders = copy.heard(Renew.class).size();
                copy.publish(copy.batch(2, 5));
                copy.until(false, 1, () -> copy.heard(Renew.class).size() > orders);
                assertThat(copy.heard(Renew.class).getFirst().epoch()).isEqualTo(77);
            }
            assertThat(stream().conflicts()).isEqualTo(1);
            assertStoredOnce(device);
        }
    }

    @Test
    void whatItCannotReadIsCountedForTheDeviceThatSentItAndNothingStops() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.connect();
            device.publish("fulmar/v1/d/press-7/up/data", new byte[] {1, 2, 3}, "application/x-protobuf", Map.of());
            device.publish("fulmar/v1/d/press-7/hello", new byte[0], "application/json", Map.of());
            device.publish("fulmar/v1/d/press-7/up/nonsense", new byte[] {7}, "application/x-protobuf", Map.of());
            device.publish("fulmar/v1/d/not%20a%20device/hello", new byte[] {7}, "application/json", Map.of());
            record(device, 3);
            device.until(true, 3, () -> device.acknowledged() == 3);
            assertThat(fleet.status().refused()).isEqualTo(4);
            device.until(false, 1, () -> devices().stream().anyMatch(row -> row.refused() == 2));
        }
    }

    @Test
    void knowsWhichDevicesAreThere() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.until(false, 1, () -> !devices().isEmpty());
            DeviceRow row = device("press-7");
            assertThat(row.online()).as("its hello was heard").isTrue();
            assertThat(row.agentVersion()).isEqualTo("0.1.0");
            assertThat(row.lastHelloMillis()).isNotNull();
        }
    }

    @Test
    void answersOverHttp() throws Exception {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir).anonymous(Role.VIEWER));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl())) {
            device.record(TestRecords.prediction("<script>alert('1')</script>"));
            device.until(true, 5, () -> device.acknowledged() == 1);

            assertThat(get(fleet, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(fleet, "/api/v1/streams").body()).contains("\"device\":\"press-7\"", "\"next\":2");
            assertThat(get(fleet, "/api/v1/predictions?device=press-7&limit=1").body())
                    .contains("\"label\":\"<script>alert('1')</script>\"", "\"kind\":\"prediction\"");
            assertThat(get(fleet, "/api/v1/predictions?device=press-8").body())
                    .isEqualTo("{\"items\":[],\"next\":null}");
            HttpResponse<String> wrong = get(fleet, "/api/v1/predictions?limit=100000");
            assertThat(wrong.statusCode()).isEqualTo(400);
            assertThat(wrong.headers().firstValue("Content-Type")).contains("application/problem+json");
            assertThat(get(fleet, "/api/v1/predictions?device=../x").statusCode())
                    .isEqualTo(400);
            assertThat(get(fleet, "/nothing").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aSecondServiceInTheSameDirectoryIsRefused() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir))) {
            assertThat(fleet.mqttPort()).isPositive();
            assertThatThrownBy(() -> Fleet.open(FleetConfig.inDirectory(dir)))
                    .isInstanceOf(FleetException.class)
                    .hasMessageContaining("another fleet service");
        }
    }

    @Test
    void aRequestToStopEndsTheWaitWithoutADefect() throws InterruptedException {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir))) {
            fleet.requestStop();
            fleet.await();
        }
    }

    @Test
    void leavesNothingRunningAfterItIsClosed() {
        Fleet.open(FleetConfig.inDirectory(dir)).close();
        try (var again = Fleet.open(FleetConfig.inDirectory(dir))) {
            assertThat(again.httpPort()).isPositive();
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("fleet-ingest");
    }

    private static void record(TestDevice device, int count) {
        for (int i = 0; i < count; i++) {
            device.record(("record " + i).getBytes(StandardCharsets.UTF_8));
        }
    }

    private void assertStoredOnce(TestDevice device) {
        List<StoredRecord> stored = new ArrayList<>();
        try (var queries = FleetQueries.open(dir)) {
            queries.forEachRecord(stored::add);
        }
        assertThat(stored).hasSameSizeAs(device.records());
        for (int i = 0; i < stored.size(); i++) {
            assertThat(stored.get(i).receipt()).isEqualTo(new Receipt(device.epoch(), Stream.DATA, i + 1L));
            assertThat(stored.get(i).bytes()).isEqualTo(device.records().get(i));
        }
    }

    private StreamRow stream() {
        try (var queries = FleetQueries.open(dir)) {
            return queries.streams().getFirst();
        }
    }

    private List<DeviceRow> devices() {
        try (var queries = FleetQueries.open(dir)) {
            return queries.devices();
        }
    }

    private DeviceRow device(String id) {
        return devices().stream()
                .filter(row -> row.device().equals(id))
                .findAny()
                .orElseThrow();
    }

    private static HttpResponse<String> get(Fleet fleet, String path) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + fleet.httpPort() + path);
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
