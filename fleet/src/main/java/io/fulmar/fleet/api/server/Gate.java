package io.fulmar.fleet.api.server;

import io.fulmar.fleet.api.security.Caller;
import io.fulmar.fleet.api.security.RateLimiter;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.base.Limits;
import io.javalin.http.Context;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides who is let in to which route. Thread-safe. */
final class Gate {
    private static final String BEARER = "Bearer ";
    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

    private final ApiSecurity security;
    private final RateLimiter rates = new RateLimiter(Limits.HTTP_RATE, Limits.HTTP_BURST);
    private final RateLimiter wrong = new RateLimiter(Limits.HTTP_WRONG_RATE, Limits.HTTP_WRONG_BURST);

    Gate(ApiSecurity security) {
        this.security = security;
    }

    /** Who asks; a {@link Problem} where that cannot be told. Null on an open route. */
    @Nullable
    Caller identify(Route route, Context context) {
        if (route.role() == null) {
            require(rates.take("at " + context.ip(), System.nanoTime()));
            return null;
        }
        Caller caller = caller(context);
        require(rates.take(caller.id() + rest(caller, context), System.nanoTime()));
        return caller;
    }

    /** Refuses who may not do that. */
    static void authorize(Route route, Caller caller, Context context) {
        Role needed = Objects.requireNonNull(route.role());
        if (!caller.role().covers(needed)) {
            throw new Problem(
                    403,
                    "This needs the role " + needed.text() + ", and yours is "
                            + caller.role().text(),
                    "ask an administrator for a token with that role");
        }
        // a page of another site can have a browser send its cookies, but not this header
        if (route.verb().changes() && !caller.isMeantBy(context.header(ApiServer.CSRF_HEADER))) {
            throw new Problem(
                    403,
                    "A change without a token needs the header " + ApiServer.CSRF_HEADER,
                    "its value is 'csrf' in the answer of /api/v1/me");
        }
    }

    private Caller caller(Context context) {
        String header = context.header("Authorization");
        if (header != null) {
            if (!header.startsWith(BEARER)) {
                throw unknown("The header Authorization is not 'Bearer' and a token");
            }
            return found(
                    security.tokens().find(header.substring(BEARER.length()).strip()),
                    context,
                    "The token is not known, or was revoked, or has expired");
        }
        String cookie = context.cookie(ApiServer.COOKIE);
        if (cookie != null) {
            Optional<Caller> caller = security.logins().find(cookie);
            if (caller.isPresent() || security.anonymous() == null) {
                return found(caller, context, "The login is over");
            }
        }
        if (security.anonymous() != null && isForThisMachine(context)) {
            return Caller.anonymous(security.anonymous());
        }
        throw unknown("This needs a token");
    }

    private Caller found(Optional<Caller> caller, Context context, String otherwise) {
        if (caller.isPresent()) {
            return caller.get();
        }
        require(wrong.take(context.ip(), System.nanoTime()));
        throw unknown(otherwise);
    }

    /** A page of another site whose name leads to this machine says that name here. */
    private static boolean isForThisMachine(Context context) {
        String host = context.header("Host");
        return host != null && THIS_MACHINE.contains(host.replaceFirst(":\\d+$", ""));
    }

    /** Nobody in particular is told apart by the address. */
    private static String rest(Caller caller, Context context) {
        return "anonymous".equals(caller.id()) ? context.ip() : "";
    }

    private static void require(long wait) {
        if (wait > 0) {
            throw Problem.tooMany(wait);
        }
    }

    private static Problem unknown(String detail) {
        return new Problem(
                401,
                detail,
                "send the header 'Authorization: Bearer fulmar_…' with a token of 'fulmar fleet token create', or log in");
    }
}
