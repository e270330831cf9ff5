package io.fulmar.fleet.api.server;

import io.fulmar.fleet.api.security.Caller;
import io.fulmar.fleet.api.security.RateLimiter;
import io.fulmar.fleet.api.security.Repeats;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.security.Roles;
import io.javalin.security.RouteRole;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of the fleet: lets in who may, limits how much, writes down who changes what, and answers with JSON or with
 * a problem. What is behind the routes it does not know. Thread-safe.
 */
public final class ApiServer implements AutoCloseable {
    public static final String COOKIE = "fulmar_session";
    public static final String CSRF_HEADER = "X-Fulmar-Csrf";
    public static final String REPEAT_HEADER = "Idempotency-Key";
    private static final String REPEATED_HEADER = "Idempotency-Replayed";
    private static final Pattern REPEAT_KEY = Pattern.compile("[!-~]{1,128}");
    private static final String DONE_NANOS = "fulmar.began";
    private static final String ROUTE = "fulmar.route";

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

    /** What these log is said by our own errors. Kept, because a logger that nobody holds forgets its level. */
    private static final List<java.util.logging.Logger> QUIET = Stream.of("org.eclipse.jetty", "io.javalin")
            .map(java.util.logging.Logger::getLogger)
            .toList();

    private final ApiSecurity security;
    private final Gate gate;
    private final RequestObserver observer;
    private final Executor senders;
    private final RateLimiter refused = new RateLimiter(Limits.AUDIT_REFUSED_RATE, Limits.AUDIT_REFUSED_BURST);
    private final RateLimitedLog failures = new RateLimitedLog(LOG, Limits.REFUSALS_LOGGED);
    private final Javalin server;

    /** The role of a route, where Javalin shows it. */
    private record Needs(Role role) implements RouteRole {}

    private ApiServer(ApiSecurity security, Router router, RequestObserver observer, Executor senders) {
        this.security = security;
        this.gate = new Gate(security);
        this.observer = observer;
        this.senders = senders;
        this.server = Javalin.create(config -> configure(config, router));
    }

    /**
     * Starts to listen; port 0 takes any free one.
     *
     * @param observer is told of every request
     * @param senders each runs for as long as somebody listens to events
     */
    public static ApiServer start(
            ApiSecurity security,
            Router router,
            RequestObserver observer,
            Executor senders,
            String bindAddress,
            int port) {
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
        if (security.anonymous() != null) {
            requireLoopback(bindAddress);
        }
        var api = new ApiServer(security, router, observer, senders);
        try {
            api.server.start(bindAddress, port);
        } catch (RuntimeException e) {
            throw new FleetException(
                    Category.FATAL,
                    "cannot listen for HTTP on " + bindAddress + ":" + port + ": " + rootCause(e),
                    "another program may be using the port: stop it, or choose --http-port",
                    e);
        }
        return api;
    }

    private static void requireLoopback(String bindAddress) {
        try {
            if (InetAddress.getByName(bindAddress).isLoopbackAddress()) {
                return;
            }
        } catch (UnknownHostException e) {
            throw new FleetException(
                    Category.PERMANENT, "cannot listen on " + bindAddress, "name an address of this machine", e);
        }
        throw new FleetException(
                Category.PERMANENT,
                "without tokens the API is for this machine only, and " + bindAddress + " is for others too",
                "listen on 127.0.0.1, or have everybody show a token");
    }

    public int port() {
        return server.port();
    }

    /** The routes that are really there, as the router of the server has them. */
    public List<Route> routes() {
        return server.unsafe.internalRouter.allHttpHandlers().stream()
                .map(parsed -> parsed.endpoint)
                .filter(endpoint -> endpoint.method.isHttpMethod())
                .map(endpoint -> new Route(Verb.valueOf(endpoint.method.name()), endpoint.path, roleOf(endpoint)))
                .toList();
    }

    private static @Nullable Role roleOf(io.javalin.router.Endpoint endpoint) {
        Roles roles = endpoint.metadata(Roles.class);
        if (roles != null) {
            for (RouteRole role : roles.getRoles()) {
                if (role instanceof Needs needs) {
                    return needs.role();
                }
            }
        }
        return null;
    }

    @Override
    public void close() {
        server.stop();
    }

    private void configure(JavalinConfig config, Router router) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = Limits.HTTP_BODY_BYTES;
        config.jetty.threadPool = new QueuedThreadPool(Limits.HTTP_THREADS, 2);
        config.routes.before(ApiServer::protect);
        config.routes.after(this::observe);
        router.ways().forEach((route, way) -> {
            RouteRole[] needs = route.role() == null ? new RouteRole[0] : new RouteRole[] {new Needs(route.role())};
            config.routes.addHttpHandler(
                    HandlerType.findOrCreate(route.verb().name()),
                    route.path(),
                    context -> handle(route, way, context),
                    needs);
        });
        config.routes.error(404, context -> absent(context, 404, "There is nothing at this address"));
        config.routes.error(405, context -> absent(context, 405, "This is not possible at this address"));
        config.routes.exception(HttpResponseException.class, (e, context) -> respond(context, ofJavalin(e)));
        config.routes.exception(Exception.class, (e, context) -> respond(context, defect(context, e)));
    }

    private static void protect(Context context) {
        context.attribute(DONE_NANOS, System.nanoTime());
        context.header(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
                        + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cache-Control", "no-store");
        if (context.method().equals(HandlerType.HEAD)) { // the library would say 200 to everybody
            throw new HttpResponseException(405, "HEAD is not possible here");
        }
    }

    private void observe(Context context) {
        Long began = context.attribute(DONE_NANOS);
        observer.answered(
                context.attribute(ROUTE), context.statusCode(), began == null ? 0 : System.nanoTime() - began);
    }

    private void handle(Route route, Router.Way way, Context context) {
        context.attribute(ROUTE, route);
        try {
            Caller caller = gate.identify(route, context);
            if (caller != null && route.verb().changes()) {
                respond(context, change(route, way, caller, context));
                return;
            }
            if (caller != null) {
                Gate.authorize(route, caller, context);
            }
            switch (way) {
                case Router.Way.Once once -> respond(context, once.endpoint().answer(new Call(context, caller)));
                case Router.Way.Page page -> respond(context, page.endpoint().answer(new Call(context, caller)));
                case Router.Way.Events events ->
                    SseStream.open(
                            context, senders, stream -> events.endpoint().subscribe(new Call(context, caller), stream));
            }
        } catch (Problem e) {
            respond(context, way instanceof Router.Way.Page page && e.status() == 401 ? page.login() : problem(e));
        } catch (FleetException e) {
            respond(context, unavailable(context, e));
        }
    }

    /** Every step of a change: may this caller, was it done before, note it, do it, note what became of it. */
    private Answer change(Route route, Router.Way way, Caller caller, Context context) {
        var call = new Call(context, caller);
        try {
            Gate.authorize(route, caller, context);
        } catch (Problem e) {
            if (refused.take(caller.id(), System.nanoTime()) == 0) {
                long entry = security.audit().begin(caller, route.toString(), call.target(), call.address());
                security.audit().end(entry, e.status(), call.target(), null);
            }
            return problem(e);
        }
        String key = context.header(REPEAT_HEADER);
        if (key == null) {
            return carryOut(route, way, caller, call);
        }
        if (!REPEAT_KEY.matcher(key).matches()) {
            throw Problem.malformed(REPEAT_HEADER + " must be 1 to 128 visible ASCII characters");
        }
        String request = route.verb() + "\n" + context.path() + "\n" + context.queryString() + "\n" + context.body();
        return switch (security.repeats().claim(caller, key, request)) {
            case Repeats.Claim.Mine mine -> carryOutOnce(route, way, caller, call, key);
            case Repeats.Claim.Done done -> repeated(done);
            case Repeats.Claim.UnderWay underWay ->
                throw Problem.conflict(
                        "A request with this " + REPEAT_HEADER + " has begun and was not answered",
                        "wait a little; if it stays so, the service ended meanwhile: look whether it was done, and use another key");
            case Repeats.Claim.Other other ->
                throw Problem.senseless(
                        "This " + REPEAT_HEADER + " was used for another request", "take a new key for each change");
        };
    }

    private Answer carryOutOnce(Route route, Router.Way way, Caller caller, Call call, String key) {
        Answer answer = carryOut(route, way, caller, call);
        if (answer.status() >= 500 || answer.status() == 429) {
            security.repeats().release(caller, key);
        } else {
            Answer kept = answer.secret()
                    ? problem(Problem.conflict(
                            "This was done, and its answer is shown only once",
                            "undo it, and do it again with a new key"))
                    : answer;
            security.repeats()
                    .finish(
                            caller,
                            key,
                            new Repeats.Claim.Done(
                                    kept.status(),
                                    kept.contentType(),
                                    kept.body(),
                                    kept.headers().get("Location")));
        }
        return answer;
    }

    private static Answer repeated(Repeats.Claim.Done done) {
        Map<String, String> headers = done.location() == null
                ? Map.of(REPEATED_HEADER, "true")
                : Map.of(REPEATED_HEADER, "true", "Location", done.location());
        return new Answer(done.status(), done.contentType(), done.body(), headers, false);
    }

    private Answer carryOut(Route route, Router.Way way, Caller caller, Call call) {
        if (!(way instanceof Router.Way.Once once)) {
            throw new IllegalStateException(route + " changes something and is no plain endpoint");
        }
        long entry = security.audit().begin(caller, route.toString(), call.target(), call.address());
        Answer answer;
        try {
            answer = once.endpoint().answer(call);
        } catch (Problem e) {
            answer = problem(e);
        } catch (FleetException e) {
            answer = unavailable(call.context(), e);
        } catch (HttpResponseException e) {
            answer = ofJavalin(e);
        } catch (RuntimeException e) {
            answer = defect(call.context(), e);
        }
        security.audit().end(entry, answer.status(), call.target(), call.detail());
        return answer;
    }

    private static Answer problem(Problem problem) {
        return Answer.of(problem, HttpStatus.forStatus(problem.status()).getMessage());
    }

    /** What the library below refuses by itself: a body that is too large. */
    private static Answer ofJavalin(HttpResponseException e) {
        return problem(new Problem(e.getStatus(), String.valueOf(e.getMessage()), null));
    }

    private Answer unavailable(Context context, FleetException e) {
        failures.warn(
                System.nanoTime(), "a request for " + context.path() + " failed", e.getMessage() + "; " + e.hint());
        return problem(new Problem(503, String.valueOf(e.getMessage()), e.hint()));
    }

    private static Answer defect(Context context, Exception e) {
        LOG.warn("a request for {} failed", context.path(), e);
        return problem(new Problem(500, "The request failed", "the log of the service says why"));
    }

    private static void absent(Context context, int status, String detail) {
        if (context.attribute(ROUTE) == null) { // else the route has said it better
            respond(context, problem(new Problem(status, detail, null)));
        }
    }

    private static void respond(Context context, Answer answer) {
        context.status(answer.status());
        answer.headers().forEach(context::header);
        if (answer.status() != 204) {
            boolean plain = answer.contentType().startsWith("text/")
                    && !answer.contentType().contains("charset");
            context.contentType(plain ? answer.contentType() + "; charset=utf-8" : answer.contentType());
            byte[] bytes = answer.bytes();
            if (bytes == null) {
                context.result(answer.body());
            } else {
                context.result(bytes);
            }
        }
    }

    /** Why something failed, in the words of what failed first. */
    public static @Nullable String rootCause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }
}
