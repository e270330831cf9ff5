package io.fulmar.fleet.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Route;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.sync.wire.Topics;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is let in to what, asked of a real service over HTTP. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class ApiAccessIT {
    private final TestDatabase database;

    /** All that is open to everybody: whether the service lives, and how to log in. */
    private static final Set<String> OPEN = Set.of(
            "GET /healthz",
            "GET /readyz",
            "POST /api/v1/login",
            "DELETE /api/v1/login",
            "GET /login",
            "GET /login.js",
            "GET /style.css",
            "GET /icon.svg");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    @SuppressWarnings("NullAway.Init")
    private ApiCaller caller;

    @SuppressWarnings("NullAway.Init")
    private String admin;

    ApiAccessIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void start() {
        database.in(dir);
        fleet = Fleet.open(FleetConfig.inDirectory(dir));
        caller = new ApiCaller(fleet.httpPort());
        admin = Objects.requireNonNull(LocalToken.read(dir));
    }

    @AfterEach
    void stop() {
        caller.close();
        fleet.close();
    }

    @Test
    void onlyHealthAndLoginAreOpenToEverybody() {
        assertThat(fleet.routes())
                .filteredOn(route -> route.role() == null)
                .extracting(Route::toString)
                .containsExactlyInAnyOrderElementsOf(OPEN);
    }

    @Test
    void withoutATokenEveryOtherRouteAnswers401() throws Exception {
        List<Route> routes = fleet.routes();
        assertThat(routes).hasSizeGreaterThan(OPEN.size() + 5);
        for (Route route : routes) {
            if (!OPEN.contains(route.toString())) {
                HttpResponse<String> answer = call(route, null);
                assertThat(answer.statusCode()).as(route.toString()).isEqualTo(401);
                assertThat(answer.headers().firstValue("WWW-Authenticate"))
                        .as(route.toString())
                        .contains("Bearer");
            }
        }
        assertThat(caller.send("HEAD", "/api/v1/devices", null, null).statusCode())
                .isEqualTo(405);
        assertThat(caller.get("/api/v1/devices", "fulmar_000000000000_" + "0".repeat(64))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void withAViewersTokenEveryChangingRouteAnswers403() throws Exception {
        String viewer = caller.makeToken(admin, "viewer");
        int changing = 0;
        for (Route route : fleet.routes()) {
            if (route.verb().changes() && !OPEN.contains(route.toString())) {
                assertThat(call(route, viewer).statusCode())
                        .as(route.toString())
                        .isEqualTo(403);
                changing++;
            }
        }
        assertThat(changing).isGreaterThan(1);
    }

    @Test
    void whoseRoleIsTooSmallForARouteGets403AndWhoseIsEnoughDoesNot() throws Exception {
        for (Role role : Role.values()) {
            String token = caller.makeToken(admin, role.text());
            for (Route route : fleet.routes()) {
                if (route.role() != null
                        && !route.verb().changes()
                        && !route.path().contains("events")) {
                    assertThat(call(route, token).statusCode() == 403)
                            .as("%s with the role %s", route, role)
                            .isEqualTo(!role.covers(route.role()));
                }
            }
        }
    }

    @Test
    void theFirstTokenIsInAFileThatOnlyItsOwnerReadsAndStaysTheSame() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(LocalToken.file(dir))))
                .isEqualTo("rw-------");
        if (database == TestDatabase.SQLITE) {
            assertThat(Files.readString(dir.resolve("fleet.db"), StandardCharsets.ISO_8859_1)
                            + Files.readString(dir.resolve("fleet.db-wal"), StandardCharsets.ISO_8859_1))
                    .doesNotContain(admin.substring(admin.lastIndexOf('_') + 1));
        }
        stop();
        fleet = Fleet.open(FleetConfig.inDirectory(dir));
        caller = new ApiCaller(fleet.httpPort());
        assertThat(LocalToken.read(dir)).isEqualTo(admin);
    }

    @Test
    void aRevokedTokenIsWorthNothingAtOnceAndSoAreItsLogins() throws Exception {
        String viewer = caller.makeToken(admin, "viewer");
        HttpResponse<String> login = caller.send("POST", "/api/v1/login", null, "{\"token\":\"" + viewer + "\"}");
        String cookie = cookie(login);
        assertThat(caller.send("GET", "/api/v1/devices", null, null, "Cookie", cookie)
                        .statusCode())
                .isEqualTo(200);
        String id = viewer.split("_", -1)[1];
        assertThat(caller.send("DELETE", "/api/v1/tokens/" + id, admin, null).statusCode())
                .isEqualTo(204);
        assertThat(caller.get("/api/v1/devices", viewer).statusCode()).isEqualTo(401);
        assertThat(caller.send("GET", "/api/v1/devices", null, null, "Cookie", cookie)
                        .statusCode())
                .isEqualTo(401);
        assertThat(caller.send("POST", "/api/v1/login", null, "{\"token\":\"" + viewer + "\"}")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aLoginReadsWithItsCookieAndChangesOnlyWithTheHeaderThatNoOtherSiteKnows() throws Exception {
        HttpResponse<String> login = caller.send("POST", "/api/v1/login", null, "{\"token\":\"" + admin + "\"}");
        assertThat(login.headers().firstValue("Set-Cookie").orElseThrow())
                .contains("HttpOnly", "SameSite=Strict", "Path=/");
        String cookie = cookie(login);
        String body = "{\"name\":\"x\",\"role\":\"viewer\"}";
        assertThat(caller.send("POST", "/api/v1/tokens", null, body, "Cookie", cookie)
                        .statusCode())
                .isEqualTo(403);
        assertThat(caller.send("POST", "/api/v1/tokens", null, body, "Cookie", cookie, "X-Fulmar-Csrf", "guessed")
                        .statusCode())
                .isEqualTo(403);
        String csrf = ApiCaller.text(login, "csrf");
        assertThat(caller.send("POST", "/api/v1/tokens", null, body, "Cookie", cookie, "X-Fulmar-Csrf", csrf)
                        .statusCode())
                .isEqualTo(201);
        assertThat(ApiCaller.text(caller.send("GET", "/api/v1/me", null, null, "Cookie", cookie), "csrf"))
                .isEqualTo(csrf);
        assertThat(caller.send("DELETE", "/api/v1/login", null, null, "Cookie", cookie)
                        .statusCode())
                .isEqualTo(403);
        assertThat(caller.send("DELETE", "/api/v1/login", null, null, "Cookie", cookie, "X-Fulmar-Csrf", csrf)
                        .statusCode())
                .isEqualTo(204);
        assertThat(caller.send("GET", "/api/v1/me", null, null, "Cookie", cookie)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void everyChangeIsInTheAuditLogWithWhoAndWhatBecameOfIt() throws Exception {
        String viewer = caller.makeToken(admin, "viewer");
        caller.send("DELETE", "/api/v1/tokens/abc", viewer, null);
        caller.send("DELETE", "/api/v1/tokens/abc", admin, null);
        String log = caller.get("/api/v1/audit", admin).body();
        assertThat(log)
                .contains("\"what\":\"POST /api/v1/tokens\",\"target\":\"" + viewer.split("_", -1)[1] + "\"")
                .contains("viewer 'a viewer'")
                .contains("\"name\":\"a viewer\",\"role\":\"viewer\",\"what\":\"DELETE /api/v1/tokens/{token}\","
                        + "\"target\":\"abc\",\"detail\":null,\"outcome\":\"refused\",\"status\":403")
                .contains("\"outcome\":\"failed\",\"status\":404")
                .doesNotContain(viewer);
        HttpResponse<String> page = caller.get("/api/v1/audit?limit=1", admin);
        assertThat(page.body()).contains("\"status\":404");
        assertThat(caller.get("/api/v1/audit?limit=1&after=" + ApiCaller.text(page, "next"), admin)
                        .body())
                .contains("\"status\":403");
    }

    @Test
    void theSameRequestWithTheSameKeyIsCarriedOutOnceAndAnotherOneIsRefused() throws Exception {
        String body = "{\"name\":\"once\",\"role\":\"viewer\"}";
        String id = caller.makeToken(admin, "viewer").split("_", -1)[1];
        HttpResponse<String> first =
                caller.send("DELETE", "/api/v1/tokens/" + id, admin, null, "Idempotency-Key", "key-1");
        HttpResponse<String> again =
                caller.send("DELETE", "/api/v1/tokens/" + id, admin, null, "Idempotency-Key", "key-1");
        assertThat(first.statusCode()).isEqualTo(204);
        assertThat(again.statusCode()).isEqualTo(204);
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(caller.send("POST", "/api/v1/tokens", admin, body, "Idempotency-Key", "key-1")
                        .statusCode())
                .isEqualTo(422);

        assertThat(caller.send("POST", "/api/v1/tokens", admin, body, "Idempotency-Key", "key-2")
                        .statusCode())
                .isEqualTo(201);
        HttpResponse<String> secretAgain =
                caller.send("POST", "/api/v1/tokens", admin, body, "Idempotency-Key", "key-2");
        assertThat(secretAgain.statusCode()).isEqualTo(409);
        assertThat(secretAgain.body()).contains("shown only once").doesNotContain("fulmar_");
        assertThat(caller.get("/api/v1/tokens", admin).body().split("\"once\"", -1))
                .hasSize(2);
        assertThat(caller.send("POST", "/api/v1/tokens", admin, body, "Idempotency-Key", "k".repeat(200))
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void saysWhatIsWrongWithARequestAsAProblem() throws Exception {
        HttpResponse<String> answer =
                caller.send("POST", "/api/v1/tokens", admin, "{\"name\":\"x\",\"role\":\"king\"}");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body()).contains("\"status\":400", "'role' must be one of metrics, viewer");
        assertThat(caller.send("POST", "/api/v1/tokens", admin, "{\"name\":\"x\",\"rôle\":1}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(caller.send("POST", "/api/v1/tokens", admin, "[]").statusCode())
                .isEqualTo(400);
        assertThat(caller.send("POST", "/api/v1/tokens", admin, "{\"name\":\"" + "x".repeat(70_000) + "\"}")
                        .statusCode())
                .isEqualTo(413);
        assertThat(caller.send("POST", "/api/v1/tokens", admin, "x".repeat(300_000))
                        .statusCode())
                .isEqualTo(413);
        assertThat(caller.send("PUT", "/api/v1/tokens", admin, "{}").statusCode())
                .isEqualTo(405);
        assertThat(caller.get("/api/v1/nothing", admin).statusCode()).isEqualTo(404);
    }

    @Test
    void whoAsksTooOftenIsToldWhenToComeBackAndOthersAreNotHeldUp() throws Exception {
        String viewer = caller.makeToken(admin, "viewer");
        HttpResponse<String> answer = caller.get("/api/v1/me", viewer);
        for (int i = 0; i < 100_000 && answer.statusCode() == 200; i++) {
            answer = caller.get("/api/v1/me", viewer);
        }
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(caller.get("/api/v1/me", admin).statusCode()).isEqualTo(200);
    }

    @Test
    void withoutTokensTheServiceIsForThisMachineOnly() {
        var everywhere = new FleetConfig(dir.resolve("other"), "0.0.0.0", 0, 0, null, Topics.DEFAULT_PREFIX);
        assertThatThrownBy(() -> Fleet.open(everywhere.anonymous(Role.VIEWER)).close())
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("this machine only");
    }

    @Test
    void anybodyOnThisMachineMayDoWhatTheDemoAllowsButNoPageOfAnotherSite() throws Exception {
        try (var open = Fleet.open(FleetConfig.inDirectory(dir.resolve("demo")).anonymous(Role.ADMIN));
                var visitor = new ApiCaller(open.httpPort())) {
            assertThat(visitor.get("/api/v1/devices", null).statusCode()).isEqualTo(200);
            String body = "{\"name\":\"x\",\"role\":\"viewer\"}";
            assertThat(visitor.send("POST", "/api/v1/tokens", null, body).statusCode())
                    .isEqualTo(403);
            String csrf = ApiCaller.text(visitor.get("/api/v1/me", null), "csrf");
            assertThat(visitor.send("POST", "/api/v1/tokens", null, body, "X-Fulmar-Csrf", csrf)
                            .statusCode())
                    .isEqualTo(201);
            assertThat(visitor.get("/api/v1/devices", "fulmar_wrong").statusCode())
                    .isEqualTo(401);
        }
    }

    private HttpResponse<String> call(Route route, @Nullable String token) throws Exception {
        String path = route.path().replaceAll("\\{[^}]*}", "x");
        return caller.send(route.verb().name(), path, token, route.verb().changes() ? "{}" : null);
    }

    private static String cookie(HttpResponse<String> login) {
        return login.headers().firstValue("Set-Cookie").orElseThrow().split(";", -1)[0];
    }
}
