package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.api.ApiCaller;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.TestRequest;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.registry.Registration;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.NotEnrolled;
import io.fulmar.sync.wire.Welcome;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Which devices a fleet takes something of, and from when on it shows them. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class RegistrationIT {
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

    private Fleet fleet(Registration registration) {
        return Fleet.open(FleetConfig.inDirectory(dir).registration(registration));
    }

    private void enrol(String device) throws Exception {
        Enrolments enrolments = Enrolments.in(dir);
        enrolments.enrol(
                enrolments.invite(device, Set.of("lab"), Duration.ofHours(1)).token(), TestRequest.ofNewKey());
    }

    private String get(Fleet fleet, String path) throws IOException, InterruptedException {
        try (var caller = new ApiCaller(fleet.httpPort())) {
            HttpResponse<String> answer = caller.get(path, LocalToken.read(dir));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return answer.body().replaceAll("\\s+", "");
        }
    }

    @Test
    void aDeviceThatWasNeverEnrolledIsTurnedAwayUntilItIsAndNothingOfItIsStored() throws Exception {
        try (var fleet = fleet(Registration.ENROLLED);
                var device = new TestDevice("stray-1", 7, fleet.brokerUrl())) {
            device.record("one".getBytes(StandardCharsets.UTF_8));
            device.until(true, 1, () -> device.heard(NotEnrolled.class).size() >= 2);
            int before = device.heard(NotEnrolled.class).size();
            device.publish(device.batch(1, 1));
            device.until(true, 1, () -> device.heard(NotEnrolled.class).size() > before);
            assertThat(device.heard(Welcome.class)).isEmpty();
            assertThat(device.heard(Acknowledge.class)).isEmpty();
            assertThat(device.heard(NotEnrolled.class).getFirst().retryAfterMillis())
                    .isPositive();
            TestDevice.patiently(() -> !fleet.status().strangers().isEmpty());
            assertThat(fleet.status().turnedAway()).isGreaterThanOrEqualTo(3);
            assertThat(fleet.status().rows()).isZero();
            assertThat(fleet.status().strangers())
                    .singleElement()
                    .satisfies(stranger -> assertThat(stranger.device()).isEqualTo("stray-1"));
            assertThat(get(fleet, "/api/v1/overview"))
                    .contains("\"device\":\"stray-1\",\"name\":\"not-enrolled\"")
                    .contains("\"devices\":0,");
            assertThat(get(fleet, "/api/v1/devices")).contains("\"items\":[]");
            assertThat(get(fleet, "/metrics")).contains("fulmar_fleet_conditions{condition=\"not-enrolled\"}1.0");

            enrol("stray-1");
            device.until(true, 1, () -> device.acknowledged() == 1);
            TestDevice.patiently(() -> fleet.status().strangers().isEmpty());
        }
        try (var queries = FleetQueries.open(dir)) {
            assertThat(queries.devices()).singleElement().satisfies(row -> {
                assertThat(row.refused()).isZero();
                assertThat(row.firstSeenMillis()).isGreaterThanOrEqualTo(row.enrolledMillis());
            });
        }
    }

    @Test
    void whoeverTheBrokerLetsInIsTakenWhereTheFleetIsOpen() {
        try (var fleet = fleet(Registration.OPEN);
                var device = new TestDevice("stray-1", 7, fleet.brokerUrl())) {
            device.record("one".getBytes(StandardCharsets.UTF_8));
            device.until(true, 1, () -> device.acknowledged() == 1);
            assertThat(fleet.status().turnedAway()).isZero();
        }
    }

    @Test
    void aDeviceIsShownFromItsEnrolmentOn() throws Exception {
        try (var fleet = fleet(Registration.OPEN)) {
            enrol("press-2");
            try (var device = new TestDevice("press-1", 7, fleet.brokerUrl())) {
                device.connect();
                TestDevice.patiently(() -> {
                    try (var queries = FleetQueries.open(dir)) {
                        return queries.device("press-1") != null;
                    }
                });
                assertThat(get(fleet, "/api/v1/devices?state=never-seen"))
                        .contains(
                                "\"device\":\"press-2\",\"online\":false,\"firstSeen\":null,\"lastSeen\":null,\"enrolled\":\"")
                        .doesNotContain("press-1");
                assertThat(get(fleet, "/api/v1/devices?state=offline")).doesNotContain("press-2");
                assertThat(get(fleet, "/api/v1/devices?limit=1"))
                        .contains("press-1", "\"enrolled\":null", "\"next\":\"press-1\"");
                assertThat(get(fleet, "/api/v1/devices?limit=1&after=press-1")).contains("press-2", "\"next\":null");
                assertThat(get(fleet, "/api/v1/devices/press-2")).contains("\"device\":\"press-2\"", "\"streams\":[]");
                assertThat(get(fleet, "/api/v1/desired")).contains("press-2");
            }
            try (var device = new TestDevice("press-2", 8, fleet.brokerUrl())) {
                device.connect();
                TestDevice.patiently(() -> {
                    try (var queries = FleetQueries.open(dir)) {
                        DeviceRow row = queries.device("press-2");
                        return row != null && row.lastSeenMillis() != null;
                    }
                });
                assertThat(get(fleet, "/api/v1/devices?state=never-seen")).contains("\"items\":[]");
            }
        }
    }
}
