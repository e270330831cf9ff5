package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.AuditLog;
import io.fulmar.fleet.api.security.Caller;
import io.fulmar.fleet.api.security.Logins;
import io.fulmar.fleet.api.security.RateLimiter;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.security.Tokens;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.ApiServer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Fields;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.QueryJson;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** How a person's browser logs in with a token, and out again. Thread-safe. */
public final class LoginRoutes {
    private static final String PATH = "/api/v1/login";

    private final Tokens tokens;
    private final Logins logins;
    private final AuditLog audit;
    private final RateLimiter wrong = new RateLimiter(Limits.HTTP_WRONG_RATE, Limits.HTTP_WRONG_BURST);

    public LoginRoutes(Tokens tokens, Logins logins, AuditLog audit) {
        this.tokens = tokens;
        this.logins = logins;
        this.audit = audit;
    }

    public void addTo(Router router) {
        router.open(Verb.POST, PATH, this::login);
        router.open(Verb.DELETE, PATH, this::logout);
        router.add(Verb.GET, "/api/v1/me", Role.VIEWER, call -> Answer.object(json -> caller(json, call.caller())));
    }

    private Answer login(Call call) {
        Fields fields = call.fields();
        String token = fields.text("token").strip();
        fields.done();
        Optional<Caller> caller = tokens.find(token);
        if (caller.isEmpty()) {
            if (wrong.take(call.address(), System.nanoTime()) > 0) {
                throw new Problem(429, "Too many wrong tokens", "wait a little");
            }
            throw new Problem(
                    401,
                    "The token is not known, or was revoked, or has expired",
                    "an administrator makes one with 'fulmar fleet token create'");
        }
        if (!caller.get().role().covers(Role.VIEWER)) {
            throw new Problem(403, "With this token only /metrics can be read", "log in with a viewer's token");
        }
        long entry = audit.begin(caller.get(), Verb.POST + " " + PATH, "", call.address());
        Logins.Made login = logins.make(caller.get());
        audit.end(entry, 200, "", null);
        return Answer.object(json -> {
                    caller(json, login.caller());
                    json.writeStringProperty(
                            "expires",
                            Instant.ofEpochMilli(login.expiresMillis()).toString());
                })
                .header("Set-Cookie", cookie(login.cookie(), Limits.LOGIN_LIFE.toSeconds(), call.encrypted()));
    }

    private Answer logout(Call call) {
        String cookie = call.cookie(ApiServer.COOKIE);
        if (cookie != null) {
            Optional<Caller> caller = logins.find(cookie);
            if (caller.isPresent() && !caller.get().isMeantBy(call.header(ApiServer.CSRF_HEADER))) {
                throw new Problem(403, "This needs the header " + ApiServer.CSRF_HEADER, null);
            }
            logins.end(cookie);
        }
        return Answer.nothing().header("Set-Cookie", cookie("", 0, call.encrypted()));
    }

    private static String cookie(String value, long seconds, boolean encrypted) {
        return ApiServer.COOKIE + "=" + value + "; Path=/; Max-Age=" + seconds + "; HttpOnly; SameSite=Strict"
                + (encrypted ? "; Secure" : "");
    }

    private static void caller(JsonGenerator json, Caller caller) {
        json.writeStringProperty("id", caller.id());
        json.writeStringProperty("name", caller.name());
        json.writeStringProperty("role", caller.role().text());
        QueryJson.text(json, "csrf", caller.csrf());
    }
}
