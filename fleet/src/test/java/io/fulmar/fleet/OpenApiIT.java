package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fulmar.fleet.api.ApiCaller;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Route;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.TestRequest;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.RowsFile;
import io.fulmar.sync.wire.Stamp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What docs/openapi.yaml says is what the service does. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class OpenApiIT {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    /** The page and its files are no part of the API. */
    private static final Set<String> PAGE =
            Set.of("GET /", "GET /login", "GET /login.js", "GET /style.css", "GET /icon.svg", "GET /assets/{file}");

    private static final String YANK = "/api/v1/models/{model}/releases/{release}/yank";
    private static final String FILE = "/api/v1/uploads/{image}/files/{file}";

    private final TestDatabase database;
    private final JsonNode document = document();
    private final List<String> checked = new ArrayList<>();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    OpenApiIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void everyRouteIsDescribedWithItsRoleAndNothingElseIs() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir))) {
            Map<String, String> real = new TreeMap<>();
            for (Route route : fleet.routes()) {
                if (!PAGE.contains(route.toString())) {
                    Role role = route.role();
                    real.put(route.toString(), role == null ? "everybody" : role.text());
                }
            }
            Map<String, String> described = new TreeMap<>();
            operations()
                    .forEach((route, operation) -> described.put(
                            route,
                            operation.has("x-role") ? operation.at("/x-role").asString() : "everybody"));
            assertThat(described).isEqualTo(real);
        }
    }

    @Test
    void everyReferenceLeadsSomewhereAndEveryPathParameterIsDescribed() {
        document.findValues("$ref")
                .forEach(reference -> assertThat(
                                document.at(reference.asString().substring(1)).isMissingNode())
                        .as(reference.asString())
                        .isFalse());
        operations().forEach((route, operation) -> {
            Set<String> inPath = new TreeSet<>();
            for (String part : route.split("/", -1)) {
                if (part.startsWith("{")) {
                    inPath.add(part.substring(1, part.length() - 1));
                }
            }
            Set<String> described = new TreeSet<>();
            for (JsonNode parameter : operation.at("/parameters")) {
                if ("path".equals(parameter.at("/in").asString(""))) {
                    described.add(parameter.at("/name").asString());
                }
            }
            assertThat(described).as(route).isEqualTo(inPath);
        });
    }

    @Test
    void realAnswersAreAsDescribed() throws Exception {
        database.in(dir);
        PackageReader sample = PackageReader.open(sample());
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl());
                var caller = new ApiCaller(fleet.httpPort())) {
            for (int i = 0; i < 3; i++) {
                device.record(TestRecords.prediction("normal"));
            }
            device.until(true, 50, () -> device.acknowledged() == 3);
            String admin = Objects.requireNonNull(LocalToken.read(dir));
            device.until(true, 50, () -> body(caller, "/api/v1/devices", admin).contains("press-7"));

            check("GET /healthz", caller.get("/healthz", null), 200);
            check("GET /readyz", caller.get("/readyz", null), 200);
            check(
                    "POST /api/v1/login",
                    caller.send("POST", "/api/v1/login", null, "{\"token\":\"" + admin + "\"}"),
                    200);
            check("POST /api/v1/login", caller.send("POST", "/api/v1/login", null, "{\"token\":\"no\"}"), 401);
            check("DELETE /api/v1/login", caller.send("DELETE", "/api/v1/login", null, null), 204);
            check("GET /metrics", caller.get("/metrics", admin), 200);
            check("GET /api/v1/me", caller.get("/api/v1/me", admin), 200);
            check("GET /api/v1/overview", caller.get("/api/v1/overview", admin), 200);
            check("GET /api/v1/devices", caller.get("/api/v1/devices", admin), 200);
            check("GET /api/v1/devices", caller.get("/api/v1/devices?state=nonsense", admin), 400);
            assertThat(caller.get("/api/v1/devices?q=ESS-", admin).body()).contains("press-7");
            assertThat(caller.get("/api/v1/devices?q=%25&state=online", admin).body())
                    .doesNotContain("press-7");
            assertThat(caller.get("/api/v1/devices?after=press-7", admin).body())
                    .doesNotContain("press-7");
            assertThat(caller.get("/api/v1/devices?state=wrong", admin).body()).doesNotContain("press-7");
            check("GET /api/v1/devices/{device}", caller.get("/api/v1/devices/press-7", admin), 200);
            check("GET /api/v1/devices/{device}", caller.get("/api/v1/devices/nobody", admin), 404);
            HttpResponse<String> page = caller.get("/api/v1/predictions?limit=2", admin);
            check("GET /api/v1/predictions", page, 200);
            HttpResponse<String> following =
                    caller.get("/api/v1/predictions?limit=2&after=" + ApiCaller.text(page, "next"), admin);
            check("GET /api/v1/predictions", following, 200);
            assertThat(following.body()).contains("\"seq\":1", "\"next\":null").doesNotContain("\"seq\":2");
            check("GET /api/v1/streams", caller.get("/api/v1/streams", admin), 200);
            check("GET /api/v1/gaps", caller.get("/api/v1/gaps", admin), 200);
            check("GET /api/v1/gaps", caller.get("/api/v1/gaps?after=x", admin), 400);
            check("GET /api/v1/gaps/totals", caller.get("/api/v1/gaps/totals", admin), 200);
            check("GET /api/v1/gaps/totals", caller.get("/api/v1/gaps/totals?after=9/press-7/data/full", admin), 200);
            check("GET /api/v1/gaps/totals", caller.get("/api/v1/gaps/totals?after=x", admin), 400);
            check("GET /api/v1/desired", caller.get("/api/v1/desired", admin), 200);
            checkExport(caller, admin);
            String command = "{\"device\":\"press-7\",\"type\":\"ping\",\"args\":{\"pin\":4}}";
            HttpResponse<String> sent = caller.send("POST", "/api/v1/commands", admin, command, "Idempotency-Key", "k");
            check("POST /api/v1/commands", sent, 202);
            check("POST /api/v1/commands", caller.send("POST", "/api/v1/commands", admin, "{}"), 400);
            assertThat(caller.send("POST", "/api/v1/commands", admin, command, "Idempotency-Key", "k")
                            .body())
                    .as("the same request with the same key")
                    .isEqualTo(sent.body());
            String id = ApiCaller.text(sent, "id");
            String state = "/api/v1/commands?id=" + id;
            device.until(true, 1, () -> body(caller, state, admin).contains("\"outcome\":\"done\""));
            assertThat(device.effects(id)).isLessThanOrEqualTo(1);
            check("GET /api/v1/commands", caller.get(state, admin), 200);
            check("GET /api/v1/commands", caller.get(state + "&limit=1&after=1", admin), 200);
            publish(caller, admin, sample);
            check("GET /api/v1/models", caller.get("/api/v1/models", admin), 200);
            check(
                    "GET /api/v1/models/{model}/devices",
                    caller.get("/api/v1/models/bearing-condition/devices", admin),
                    200);
            checkAssignments(caller, admin);
            String release = "/api/v1/models/bearing-condition/releases/1";
            check("GET /api/v1/models/{model}/releases/{release}", caller.get(release, admin), 200);
            check("GET /api/v1/models/{model}/releases/{release}", caller.get(release + "00", admin), 404);
            String yank = "{\"reason\":\"it is never sure\"}";
            check("POST " + YANK, caller.send("POST", release + "/yank", admin, yank), 204);
            check("POST " + YANK, caller.send("POST", release + "00/yank", admin, yank), 404);
            HttpResponse<String> yanked = caller.get(release, admin);
            check("GET /api/v1/models/{model}/releases/{release}", yanked, 200);
            assertThat(yanked.body()).contains("it is never sure");
            check("DELETE " + YANK, caller.send("DELETE", release + "/yank", admin, null), 204);
            HttpResponse<String> made = caller.send(
                    "POST", "/api/v1/tokens", admin, "{\"name\":\"x\",\"role\":\"viewer\",\"expiresInSeconds\":60}");
            check("POST /api/v1/tokens", made, 201);
            check("GET /api/v1/tokens", caller.get("/api/v1/tokens", admin), 200);
            check("GET /api/v1/tokens", caller.get("/api/v1/tokens", ApiCaller.text(made, "token")), 403);
            check(
                    "DELETE /api/v1/tokens/{token}",
                    caller.send("DELETE", "/api/v1/tokens/" + ApiCaller.text(made, "id"), admin, null),
                    204);
            device.record(TestRecords.statistics(true, 3.5f, System.currentTimeMillis()));
            device.record(TestRecords.sample("GIF89a".getBytes(StandardCharsets.US_ASCII), System.currentTimeMillis()));
            device.until(
                    true, 50, () -> device.acknowledged() == device.records().size());
            checkQuestions(caller, admin);
            checkSamples(caller, admin);
            checkCarriedRows(caller, admin);
            checkRollouts(caller, admin);
            check("GET /api/v1/audit", caller.get("/api/v1/audit", admin), 200);
        }
        Set<String> unchecked = new TreeSet<>(operations().keySet());
        unchecked.removeAll(checked);
        assertThat(unchecked).as("described, and no real answer was compared").isEqualTo(Set.of("GET /api/v1/events"));
    }

    private void checkExport(ApiCaller caller, String admin) throws Exception {
        String path = "/api/v1/export";
        HttpResponse<String> first = caller.get(path + "?limit=2", admin);
        check("GET " + path, first, 200);
        assertThat(first.body()).startsWith("device,epoch,").hasLineCount(3);
        assertThat(first.headers().firstValue("X-Fulmar-Rows")).hasValue("2");
        String link = first.headers().firstValue("Link").orElseThrow();
        HttpResponse<String> rest =
                caller.get(link.replaceAll("<([^>]*)>; rel=\"next\"", "$1").replace("limit=2&", ""), admin);
        check("GET " + path, rest, 200);
        assertThat(rest.body()).startsWith("press-7,").hasLineCount(1);
        assertThat(rest.headers().firstValue("X-Fulmar-Next")).isEmpty();
        assertThat(caller.get(path + "?format=ndjson&device=press-7&model=bearing-condition", admin)
                        .body())
                .startsWith("{\"device\":\"press-7\"")
                .hasLineCount(3);
        assertThat(caller.get(path + "?format=ndjson&to=2001-01-01T00:00:00Z", admin)
                        .body())
                .isEmpty();
        check("GET " + path, caller.get(path + "?format=xml", admin), 400);
        check("GET " + path, caller.get(path + "?after=x", admin), 400);
        check("GET " + path, caller.get(path + "?after=123456.1", admin), 400);
    }

    private void checkAssignments(ApiCaller caller, String admin) throws Exception {
        Enrolments enrolments = Enrolments.in(dir);
        enrolments.enrol(
                enrolments.invite("press-8", Set.of(), Duration.ofHours(1)).token(), TestRequest.ofNewKey());
        enrolments.invite("press-9", Set.of(), Duration.ofHours(1));
        check("GET /api/v1/identities", caller.get("/api/v1/identities?limit=1", admin), 200);
        assertThat(caller.get("/api/v1/identities?after=press-8", admin).body())
                .contains("\"device\":\"press-9\",\"state\":\"invited\"", "\"next\":null");
        String assign = "POST /api/v1/assignments";
        String path = "/api/v1/assignments";
        HttpResponse<String> assigned = caller.send(
                "POST", path, admin, "{\"model\":\"bearing-condition\",\"all\":true}", "Idempotency-Key", "a");
        check(assign, assigned, 200);
        assertThat(assigned.body())
                .contains("\"device\":\"press-7\",\"desired\":1,\"changed\":true", "\"device\":\"press-8\"")
                .doesNotContain("press-9");
        assertThat(caller.send(
                                "POST",
                                path,
                                admin,
                                "{\"model\":\"bearing-condition\",\"all\":true}",
                                "Idempotency-Key",
                                "a")
                        .body())
                .as("the same request with the same key")
                .isEqualTo(assigned.body());
        String again = "{\"model\":\"bearing-condition\",\"release\":1,\"device\":\"press-7\"}";
        assertThat(caller.send("POST", path, admin, again).body())
                .as("what it is to have already")
                .contains("\"desired\":1,\"changed\":false");
        check(assign, caller.send("POST", path, admin, "{\"model\":\"bearing-condition\"}"), 400);
        check(assign, caller.send("POST", path, admin, "{\"model\":\"none\",\"all\":true}"), 422);
        check(assign, caller.send("POST", path, admin, again.replace("press-7", "nobody")), 404);
        String configure = "/api/v1/configurations";
        HttpResponse<String> configured =
                caller.send("POST", configure, admin, "{\"toml\":\"x = 1\",\"device\":\"press-7\"}");
        check("POST " + configure, configured, 200);
        assertThat(configured.body()).contains("\"desired\":2,\"changed\":true");
        check("POST " + configure, caller.send("POST", configure, admin, "{\"device\":\"press-7\"}"), 400);
        HttpResponse<String> desired = caller.get("/api/v1/desired?device=press-7", admin);
        check("GET /api/v1/desired", desired, 200);
        assertThat(desired.body()).contains("\"toml\":\"x = 1\"", "\"model\":\"bearing-condition\"", "\"assigned\":1");
        HttpResponse<String> removed = caller.send(
                "POST", path, admin, "{\"model\":\"bearing-condition\",\"device\":\"press-7\",\"remove\":true}");
        check(assign, removed, 200);
        assertThat(caller.get("/api/v1/desired?device=press-7", admin).body()).contains("\"models\":[]");
    }

    private void checkQuestions(ApiCaller caller, String admin) throws Exception {
        String path = "/api/v1/predictions/";
        HttpResponse<String> latest = caller.get(path + "latest", admin);
        check("GET /api/v1/predictions/latest", latest, 200);
        assertThat(latest.body()).contains("\"device\":\"press-7\"", "\"seq\":3");
        assertThat(caller.get(path + "latest?after=press-7", admin).body()).contains("\"items\":[]");
        HttpResponse<String> labels = caller.get(path + "labels?device=press-7&step=day", admin);
        check("GET /api/v1/predictions/labels", labels, 200);
        assertThat(labels.body()).contains("\"label\":\"normal\",\"count\":3", "\"next\":null");
        assertThat(caller.get(path + "labels?model=another", admin).body()).contains("\"items\":[]");
        assertThat(caller.get(path + "labels?after=1", admin).body()).contains("\"items\":[]");
        assertThat(caller.get(path + "labels?to=2001-01-01T00:00:00Z", admin).body())
                .contains("\"items\":[]");
        check("GET /api/v1/predictions/labels", caller.get(path + "labels?from=yesterday", admin), 400);
        check("GET /api/v1/predictions/labels", caller.get(path + "labels?step=year", admin), 400);
        check("GET /api/v1/predictions/labels", caller.get(path + "labels?after=-1", admin), 400);
        HttpResponse<String> confidence = caller.get(path + "confidence?model=bearing-condition", admin);
        check("GET /api/v1/predictions/confidence", confidence, 200);
        assertThat(confidence.body()).contains("\"bucket\":17,\"count\":3");
        HttpResponse<String> drift = caller.get(path + "drift", admin);
        check("GET /api/v1/predictions/drift", drift, 200);
        assertThat(drift.body()).contains("\"version\":\"1.0.0\",\"predictions\":3,\"reference\":{\"labels\":");
        HttpResponse<String> statistics = caller.get("/api/v1/statistics?device=press-7&version=1.0.0", admin);
        check("GET /api/v1/statistics", statistics, 200);
        assertThat(statistics.body())
                .contains("\"drifting\":true", "\"counts\":[0,500,1500],\"psi\":3.5", "\"next\":null");
        check("GET /api/v1/statistics", caller.get("/api/v1/statistics?since=yesterday", admin), 400);
        String truth =
                "{\"items\":[{\"device\":\"press-7\",\"epoch\":\"000000000000004d\",\"stream\":\"data\",\"seq\":1,"
                        + "\"label\":\"imbalance\"}]}";
        HttpResponse<String> told = caller.send("POST", "/api/v1/truth", admin, truth);
        check("POST /api/v1/truth", told, 200);
        assertThat(told.body()).isEqualTo("{\"set\":1,\"removed\":0}");
        check(
                "POST /api/v1/truth",
                caller.send("POST", "/api/v1/truth", admin, truth.replace("\"seq\":1", "\"seq\":99")),
                404);
        check("POST /api/v1/truth", caller.send("POST", "/api/v1/truth", admin, truth.replace("4d", "")), 400);
        HttpResponse<String> accuracy = caller.get("/api/v1/truth/accuracy?model=bearing-condition", admin);
        check("GET /api/v1/truth/accuracy", accuracy, 200);
        assertThat(accuracy.body())
                .contains("\"labelled\":1,\"right\":0", "{\"said\":\"normal\",\"truth\":\"imbalance\",\"count\":1}");
        check(
                "GET /api/v1/predictions/drift",
                caller.get(path + "drift?since=2026-01-01T00:00:00Z&from=2026-01-02T00:00:00Z", admin),
                400);
    }

    private void checkSamples(ApiCaller caller, String admin) throws Exception {
        String one = "/api/v1/samples/{device}/{epoch}/{stream}/{seq}";
        HttpResponse<String> list = caller.get("/api/v1/samples?device=press-7&labelled=false", admin);
        check("GET /api/v1/samples", list, 200);
        assertThat(list.body()).contains("\"rule\":\"confidence\"", "\"state\":\"whole\"", "\"next\":null");
        check("GET /api/v1/samples", caller.get("/api/v1/samples?labelled=maybe", admin), 400);
        String path = "/api/v1/samples/press-7/0000000000000007/data/42";
        check("GET " + one, caller.get(path, admin), 200);
        check("GET " + one, caller.get(path.replace("42", "43"), admin), 404);
        check("GET " + one, caller.get(path.replace("data", "other"), admin), 404);
        HttpResponse<String> content = caller.get(path + "/content", admin);
        check("GET " + one + "/content", content, 200);
        assertThat(content.body()).isEqualTo("GIF89a");
        assertThat(content.headers().firstValue("Content-Disposition").orElse(""))
                .startsWith("attachment");
        check("DELETE " + one, caller.send("DELETE", path, admin, null), 204);
        check("DELETE " + one, caller.send("DELETE", path, admin, null), 404);
        check("GET " + one + "/content", caller.get(path + "/content", admin), 404);
    }

    private void checkRollouts(ApiCaller caller, String admin) throws Exception {
        String labels = "/api/v1/devices/press-7/labels";
        HttpResponse<String> labelled =
                caller.send("PATCH", labels, admin, "{\"labels\":{\"site\":\"kiel\",\"old\":null}}");
        check("PATCH /api/v1/devices/{device}/labels", labelled, 200);
        check(
                "PATCH /api/v1/devices/{device}/labels",
                caller.send("PATCH", labels, admin, "{\"labels\":{\"online\":\"true\"}}"),
                422);
        HttpResponse<String> own = caller.get(labels, admin);
        check("GET /api/v1/devices/{device}/labels", own, 200);
        assertThat(own.body()).contains("{\"site\":\"kiel\"}");
        check("GET /api/v1/labels", caller.get("/api/v1/labels?where=site%20%3D%20kiel", admin), 200);
        check("GET /api/v1/labels", caller.get("/api/v1/labels?where=site", admin), 422);
        check("GET /api/v1/devices/{device}/events", caller.get("/api/v1/devices/press-7/events", admin), 200);
        String plan = "{\"name\":\"x\",\"release\":{\"model\":\"bearing-condition\"},\"target\":\"site = kiel\","
                + "\"gates\":{\"crashes\":0},\"waves\":[{\"percent\":100,\"errors\":{\"count\":1}}]}";
        check("POST /api/v1/rollout-preview", caller.send("POST", "/api/v1/rollout-preview", admin, plan), 200);
        HttpResponse<String> made = caller.send("POST", "/api/v1/rollouts", admin, plan);
        check("POST /api/v1/rollouts", made, 201);
        check("POST /api/v1/rollouts", caller.send("POST", "/api/v1/rollouts", admin, "{}"), 422);
        String rollout = "/api/v1/rollouts/" + ApiCaller.text(made, "id");
        check("GET /api/v1/rollouts", caller.get("/api/v1/rollouts", admin), 200);
        check("GET /api/v1/rollouts/{rollout}", caller.get(rollout, admin), 200);
        check("GET /api/v1/rollouts/{rollout}", caller.get("/api/v1/rollouts/none", admin), 404);
        check("GET /api/v1/rollouts/{rollout}/devices", caller.get(rollout + "/devices", admin), 200);
        check("GET /api/v1/rollouts/{rollout}/devices", caller.get(rollout + "/devices?state=x", admin), 400);
        assertThat(caller.get(rollout + "/devices?wave=1", admin).body()).contains("press-7");
        assertThat(caller.get(rollout + "/devices?wave=2", admin).body()).doesNotContain("press-7");
        check("GET /api/v1/rollouts", caller.get("/api/v1/rollouts?live=nonsense", admin), 400);
        assertThat(caller.get("/api/v1/rollouts?model=bearing-condition&live=true", admin)
                        .body())
                .contains("\"id\":\"" + ApiCaller.text(made, "id"));
        assertThat(caller.get("/api/v1/rollouts?model=another", admin).body()).contains("\"items\":[]");
        HttpResponse<String> ofDevice = caller.get("/api/v1/devices/press-7/rollouts", admin);
        check("GET /api/v1/devices/{device}/rollouts", ofDevice, 200);
        assertThat(ofDevice.body()).contains("\"subject\":\"model bearing-condition\"");
        for (String action : List.of("pause", "resume", "abort", "rollback")) {
            check(
                    "POST /api/v1/rollouts/{rollout}/" + action,
                    caller.send("POST", rollout + "/" + action, admin, "{}"),
                    200);
        }
        check("POST /api/v1/rollouts/{rollout}/approve", caller.send("POST", rollout + "/approve", admin, "{}"), 409);
    }

    /** Sends a package file by file, one of them in pieces and with mistakes, and has it published. */
    private void publish(ApiCaller caller, String admin, PackageReader sample) throws Exception {
        String upload = "/api/v1/uploads/" + sample.imageDigest();
        check("POST /api/v1/uploads/{image}/publish", caller.send("POST", upload + "/publish", admin, "{}"), 422);
        List<Path> files;
        try (Stream<Path> all = Files.walk(sample.folder())) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            String path = upload + "/files/" + file.getFileName();
            byte[] bytes = Files.readAllBytes(file);
            if (file.getFileName().toString().length() == 64) {
                byte[] wrong = bytes.clone();
                wrong[0] ^= 1;
                check("PUT " + FILE, caller.put(path + "?offset=0&size=" + bytes.length, admin, wrong), 422);
            }
            byte[] first = Arrays.copyOf(bytes, bytes.length / 2);
            String size = "&size=" + bytes.length;
            check("PUT " + FILE, caller.put(path + "?offset=0" + size, admin, first), 200);
            check("PUT " + FILE, caller.put(path + "?offset=0" + size, admin, first), 409);
            HttpResponse<String> there = caller.get(path, admin);
            check("GET " + FILE, there, 200);
            assertThat(there.body()).contains("\"bytes\":" + first.length + ",\"whole\":false");
            byte[] rest = Arrays.copyOfRange(bytes, first.length, bytes.length);
            HttpResponse<String> last = caller.put(path + "?offset=" + first.length + size, admin, rest);
            check("PUT " + FILE, last, 200);
            assertThat(last.body()).contains("\"whole\":true");
        }
        check("PUT " + FILE, caller.put(upload + "/files/..%2Fx?offset=0&size=1", admin, new byte[1]), 404);
        check("POST /api/v1/uploads/{image}/publish", caller.send("POST", upload + "/publish", admin, "{}"), 201);
        assertThat(dir.resolve("uploads").resolve(sample.imageDigest())).doesNotExist();
    }

    private void checkCarriedRows(ApiCaller caller, String admin) throws Exception {
        Row row = new Row.Data(Records.encode(new DeviceEvent(new Stamp(1, 1, 1), "test", "carried")));
        Batch batch = new Batch(99, io.fulmar.sync.wire.Stream.EVENT, 1, ChainHash.ZERO, List.of(row));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        RowsFile.Writer writer = new RowsFile.Writer(file, "carried-1");
        writer.write(batch);
        check("PUT /api/v1/rows", caller.put("/api/v1/rows", admin, file.toByteArray()), 422);
        writer.end();
        HttpResponse<String> again = caller.put("/api/v1/rows", admin, file.toByteArray());
        check("PUT /api/v1/rows", again, 200);
        assertThat(again.body())
                .as("the file that broke off was stored up to there")
                .contains("\"rows\":1,\"stored\":0", batch.tailHash().text());
    }

    private static String body(ApiCaller caller, String path, String token) {
        try {
            return caller.get(path, token).body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private void check(String route, HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(route + ": " + answer.body()).isEqualTo(status);
        checked.add(route);
        JsonNode responses =
                Objects.requireNonNull(operations().get(route), route).at("/responses");
        JsonNode response = responses.has(Integer.toString(status))
                ? responses.get(Integer.toString(status))
                : responses.get("default");
        if (response.has("$ref")) {
            response = document.at(response.at("/$ref").asString().substring(1));
        }
        if (status == 204) {
            assertThat(response.has("content")).as(route).isFalse();
            return;
        }
        String type = answer.headers()
                .firstValue("Content-Type")
                .orElse("")
                .split(";", -1)[0]
                .toLowerCase(Locale.ROOT);
        JsonNode schema = response.at("/content/" + type.replace("/", "~1") + "/schema");
        assertThat(schema.isMissingNode())
                .as(route + " answers " + status + " " + type)
                .isFalse();
        if (type.endsWith("json")) {
            ObjectNode whole = JsonMapper.shared().createObjectNode();
            whole.setAll((ObjectNode) schema);
            whole.set("components", document.get("components"));
            Schema compiled = SCHEMAS.getSchema(whole.toString(), InputFormat.JSON);
            assertThat(compiled.validate(answer.body(), InputFormat.JSON))
                    .as(route + " " + answer.body())
                    .isEmpty();
        }
    }

    /** By verb and path. */
    private Map<String, JsonNode> operations() {
        Map<String, JsonNode> all = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> path : document.at("/paths").properties()) {
            for (Verb verb : Verb.values()) {
                @Nullable JsonNode operation = path.getValue().get(verb.name().toLowerCase(Locale.ROOT));
                if (operation != null) {
                    all.put(verb + " " + path.getKey(), operation);
                }
            }
        }
        return all;
    }

    /** A package of the sample model. */
    private Path sample() throws IOException {
        return TestPackages.sampleWithReference(dir.resolve("package"));
    }

    private static JsonNode document() {
        try {
            String yaml = Files.readString(ROOT.resolve("docs/openapi.yaml"));
            return JsonMapper.shared()
                    .valueToTree(new Load(LoadSettings.builder().build()).loadFromString(yaml));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
