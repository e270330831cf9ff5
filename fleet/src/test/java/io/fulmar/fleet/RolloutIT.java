package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.api.ApiCaller;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rollouts of a real service, asked for over HTTP, told over MQTT to devices that report over MQTT. */
class RolloutIT {
    private static final String WAVES = "[{\"devices\":1,\"errors\":{\"count\":1}},{\"percent\":50},{\"percent\":100}]";

    private static final long ASK_NANOS = 200_000_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private final List<ConfiguredDevice> devices = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private @Nullable String admin;

    @AfterEach
    void closeAll() throws Exception {
        for (ConfiguredDevice device : devices) {
            device.close();
        }
        for (AutoCloseable it : open.reversed()) {
            it.close();
        }
    }

    private Fleet fleet(FleetConfig config) {
        Fleet fleet = Fleet.open(config);
        open.add(fleet);
        admin = LocalToken.read(dir);
        return fleet;
    }

    private ApiCaller caller(Fleet fleet) {
        var caller = new ApiCaller(fleet.httpPort());
        open.add(caller);
        return caller;
    }

    private void devices(Fleet fleet, int count, Set<String> refusing, @Nullable TrustRoot trust) {
        for (int i = 0; i < count; i++) {
            var device = new ConfiguredDevice(
                    "press-" + i, 100 + i, fleet.brokerUrl(), refusing.contains("press-" + i), trust);
            devices.add(device);
            device.connect();
        }
    }

    private void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + 120_000_000_000L;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            long next = System.nanoTime() + ASK_NANOS; // the service answers only so many questions a second
            while (System.nanoTime() < next) {
                devices.forEach(ConfiguredDevice::step);
            }
        }
    }

    private static String plan(String toml, String target) {
        return "{\"name\":\"brighter\",\"config\":{\"toml\":\"" + toml + "\"},\"target\":\"" + target + "\",\"waves\":"
                + WAVES + "}";
    }

    private static Map<String, @Nullable Object> counts(HttpResponse<String> rollout) {
        @SuppressWarnings("unchecked")
        var counts = (Map<String, @Nullable Object>)
                Objects.requireNonNull(ApiCaller.json(rollout).get("devices"));
        return counts;
    }

    private HttpResponse<String> get(ApiCaller caller, String path) {
        try {
            HttpResponse<String> answer = caller.get(path, admin);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return answer;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void awaitOnline(ApiCaller caller, int count) {
        until(() ->
                get(caller, "/api/v1/labels?where=online%20%3D%20true").body().split("\"device\"", -1).length - 1
                        == count);
    }

    private String state(ApiCaller caller, String id) {
        return ApiCaller.text(get(caller, "/api/v1/rollouts/" + id), "state");
    }

    @Test
    void aConfigurationComesInWavesToExactlyTheDevicesThatFit() throws Exception {
        Fleet fleet = fleet(FleetConfig.inDirectory(dir));
        ApiCaller caller = caller(fleet);
        devices(fleet, 6, Set.of(), null);
        awaitOnline(caller, 6);
        HttpResponse<String> labelled =
                caller.send("PATCH", "/api/v1/devices/press-5/labels", admin, "{\"labels\":{\"site\":\"lab\"}}");
        assertThat(labelled.statusCode()).as(labelled.body()).isEqualTo(200);
        HttpResponse<String> made =
                caller.send("POST", "/api/v1/rollouts", admin, plan("[log]\\nlevel = \\\"debug\\\"", "site != lab"));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String id = ApiCaller.text(made, "id");
        until(() -> state(caller, id).equals("done"));
        assertThat(devices.subList(0, 5)).allSatisfy(device -> {
            assertThat(device.toml()).contains("debug");
            assertThat(device.version()).isEqualTo(1);
        });
        assertThat(devices.get(5).desired()).isNull();
        assertThat(counts(get(caller, "/api/v1/rollouts/" + id)).get("active")).hasToString("5");
        assertThat(get(caller, "/api/v1/devices/press-0/events").body())
                .contains("\"connected\"", "\"rollout assigned\"", "\"config applied\"");
    }

    @Test
    void aCanaryThatRefusesStopsItAndReturnsAndNobodyElseHearsAnything() throws Exception {
        Fleet fleet = fleet(FleetConfig.inDirectory(dir));
        ApiCaller caller = caller(fleet);
        Set<String> all = Set.of("press-0", "press-1", "press-2", "press-3");
        devices(fleet, 4, all, null);
        awaitOnline(caller, 4);
        String id = ApiCaller.text(caller.send("POST", "/api/v1/rollouts", admin, plan("x = 1", "all")), "id");
        until(() -> state(caller, id).equals("halted"));
        String told =
                get(caller, "/api/v1/rollouts/" + id + "/devices?state=failed").body();
        assertThat(told).contains("no such key");
        assertThat(devices.stream().filter(it -> it.desired() != null)).hasSize(1);
        HttpResponse<String> approved = caller.send("POST", "/api/v1/rollouts/" + id + "/approve", admin, "{}");
        assertThat(approved.statusCode()).isEqualTo(409);
        assertThat(approved.body()).contains("is halted, and so cannot be approved");
        HttpResponse<String> back = caller.send("POST", "/api/v1/rollouts/" + id + "/rollback", admin, "{}");
        assertThat(back.statusCode()).as(back.body()).isEqualTo(200);
        until(() -> state(caller, id).equals("rolled-back"));
        assertThat(devices.stream().filter(it -> it.desired() != null))
                .hasSize(1)
                .allSatisfy(device -> {
                    assertThat(device.toml()).isEmpty();
                    assertThat(device.version()).isEqualTo(2);
                });
        assertThat(ApiCaller.json(get(caller, "/api/v1/rollouts/" + id)).get("toldAfterHalt"))
                .hasToString("0");
    }

    @Test
    void whereDevicesAskForAnOperatorTheServiceSignsOrTheRolloutIsNotMade() throws Exception {
        SigningKey key = SigningKey.generate();
        var of = new TrustRoot.Key(key.verifyingKey(), "operator");
        TrustRoot trust = TrustRoot.of(
                1,
                List.of(of),
                Map.of(
                        TrustRole.OPERATOR,
                        new TrustRoot.Signers(List.of(of.key().id()), 1)));
        trust.write(dir.resolve("trust.json"));
        Fleet unsigned = fleet(FleetConfig.inDirectory(dir));
        HttpResponse<String> refused = caller(unsigned).send("POST", "/api/v1/rollouts", admin, plan("x = 1", "all"));
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
        assertThat(refused.body()).contains("wants an operator's signature", "--operator-key");
        unsigned.close();

        Path file = dir.resolve("operator.pem");
        key.write(file);
        Fleet fleet = fleet(FleetConfig.inDirectory(dir).operatorKey(file));
        ApiCaller caller = caller(fleet);
        devices(fleet, 2, Set.of(), trust);
        awaitOnline(caller, 2);
        HttpResponse<String> made = caller.send("POST", "/api/v1/rollouts", admin, plan("x = 1", "all"));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String id = ApiCaller.text(made, "id");
        until(() -> state(caller, id).equals("done"));
        assertThat(devices).allSatisfy(device -> assertThat(device.toml()).isEqualTo("x = 1"));
    }

    @Test
    void aPlanThatIsWrongIsRefusedWithItsPlace() throws Exception {
        ApiCaller caller = caller(fleet(FleetConfig.inDirectory(dir)));
        HttpResponse<String> expression =
                caller.send("POST", "/api/v1/rollouts", admin, plan("x = 1", "board = a andd b"));
        assertThat(expression.statusCode()).isEqualTo(422);
        assertThat(expression.body()).contains("'target', character 11: expected 'and', 'or' or the end");
        HttpResponse<String> nobody = caller.send("POST", "/api/v1/rollouts", admin, plan("x = 1", "board = a"));
        assertThat(nobody.statusCode()).isEqualTo(422);
        assertThat(nobody.body()).contains("no device fits 'board = a' now");
        HttpResponse<String> model = caller.send(
                "POST",
                "/api/v1/rollouts",
                admin,
                "{\"name\":\"x\",\"release\":{\"model\":\"none\"},\"target\":\"all\",\"waves\":" + WAVES + "}");
        assertThat(model.statusCode()).isEqualTo(422);
        assertThat(model.body()).contains("no release of a model 'none' was published");
        assertThat(caller.get("/api/v1/rollouts/r9", admin).statusCode()).isEqualTo(404);
    }
}
