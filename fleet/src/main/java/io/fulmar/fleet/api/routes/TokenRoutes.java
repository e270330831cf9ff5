package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.security.Token;
import io.fulmar.fleet.api.security.Tokens;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Fields;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.QueryJson;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Who may call the API. Thread-safe. */
public final class TokenRoutes {
    private static final String PATH = "/api/v1/tokens";
    private static final int NAME_CHARS = 100;

    private final Tokens tokens;
    private final InstantSource clock;

    public TokenRoutes(Tokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, PATH, Role.ADMIN, this::list);
        router.add(Verb.POST, PATH, Role.ADMIN, this::create);
        router.add(Verb.DELETE, PATH + "/{token}", Role.ADMIN, this::revoke);
    }

    private Answer list(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        List<Token> found = tokens.list(call.after(), limit + 1);
        return Paging.page(found, limit, Token::id, this::token);
    }

    private Answer create(Call call) {
        Fields fields = call.fields();
        String name = fields.text("name").strip();
        String roleName = fields.text("role");
        Long seconds = fields.optionalNumber("expiresInSeconds");
        fields.done();
        if (name.length() > NAME_CHARS || name.chars().anyMatch(Character::isISOControl)) {
            throw Problem.malformed("'name' must be at most " + NAME_CHARS + " characters, in one line");
        }
        Role role = Role.of(roleName)
                .orElseThrow(() -> Problem.malformed("'role' must be one of "
                        + Arrays.stream(Role.values()).map(Role::text).collect(Collectors.joining(", "))));
        Token.Made made = tokens.make(name, role, expiry(seconds), call.caller().name());
        if (made == null) {
            throw Problem.conflict("There are " + Limits.TOKENS + " tokens, and there may be no more", null);
        }
        call.audit(made.token().id(), role.text() + " '" + name + "'");
        return Answer.created(PATH + "/" + made.token().id(), json -> {
                    token(json, made.token());
                    json.writeStringProperty("token", made.text());
                })
                .shownOnce();
    }

    private @Nullable Long expiry(@Nullable Long seconds) {
        if (seconds == null) {
            return null;
        }
        if (seconds < 1 || seconds > Limits.TOKEN_LIFE_API_MOST.toSeconds()) {
            throw Problem.malformed("'expiresInSeconds' must be from 1 to " + Limits.TOKEN_LIFE_API_MOST.toSeconds());
        }
        return clock.millis() + 1000 * seconds;
    }

    private Answer revoke(Call call) {
        String id = call.path("token");
        Token token = tokens.get(id).orElseThrow(() -> Problem.absent("There is no token with the id " + id));
        call.audit(id, token.role().text() + " '" + token.name() + "'");
        tokens.revoke(id);
        return Answer.nothing();
    }

    private void token(JsonGenerator json, Token token) {
        json.writeStringProperty("id", token.id());
        json.writeStringProperty("name", token.name());
        json.writeStringProperty("role", token.role().text());
        json.writeStringProperty("state", token.state(clock.millis()));
        json.writeStringProperty("created", QueryJson.time(token.createdMillis()));
        json.writeStringProperty("createdBy", token.createdBy());
        QueryJson.text(json, "expires", QueryJson.time(token.expiresMillis()));
        QueryJson.text(json, "revoked", QueryJson.time(token.revokedMillis()));
        QueryJson.text(json, "lastUsed", QueryJson.time(token.lastUsedMillis()));
    }
}
