package io.fulmar.fleet.api;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Topics;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fleet over HTTP: queries as JSON, and a page to look at. It only reads; each request has a connection to the database
 * of its own. Thread-safe.
 */
public final class FleetApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FleetApi.class);

    /** What these log is said by our own errors. Kept, because a logger that nobody holds forgets its level. */
    private static final List<java.util.logging.Logger> QUIET = Stream.of("org.eclipse.jetty", "io.javalin")
            .map(java.util.logging.Logger::getLogger)
            .toList();

    private static final String JSON = "application/json";
    private static final String PROBLEM = "application/problem+json";
    private static final String DEFAULT_LAST = "100";

    private final Database database;
    private final Supplier<IngestStatus> ingest;
    private final InstantSource clock;
    private final Javalin server;

    private FleetApi(Database database, Supplier<IngestStatus> ingest, InstantSource clock) {
        this.database = database;
        this.ingest = ingest;
        this.clock = clock;
        this.server = Javalin.create(this::configure);
    }

    /** Starts to listen; port 0 takes any free one. */
    public static FleetApi start(
            Database database, Supplier<IngestStatus> ingest, InstantSource clock, String bindAddress, int port) {
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
        var api = new FleetApi(database, ingest, clock);
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

    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = Limits.HTTP_REQUEST_BYTES;
        config.jetty.threadPool = new QueuedThreadPool(Limits.HTTP_THREADS, 2);
        config.routes.before(FleetApi::protect);
        config.routes.get("/", context -> html(context, OverviewPage::page));
        config.routes.get("/live", context -> html(context, OverviewPage::live));
        config.routes.get("/style.css", context -> resource(context, "style.css", "text/css"));
        config.routes.get("/live.js", context -> resource(context, "live.js", "text/javascript"));
        config.routes.get("/healthz", this::health);
        config.routes.get("/api/v1/devices", context -> json(context, queries -> QueryJson.devices(queries.devices())));
        config.routes.get("/api/v1/streams", context -> json(context, queries -> QueryJson.streams(queries.streams())));
        config.routes.get("/api/v1/predictions", this::predictions);
        config.routes.get("/api/v1/commands", this::commands);
        config.routes.get("/api/v1/desired", context -> {
            String device = device(context.queryParam("device"));
            json(context, queries -> QueryJson.desired(queries.desired(device)));
        });
        config.routes.error(404, context -> problem(context, 404, "There is nothing at this address"));
        config.routes.error(405, context -> problem(context, 405, "Only GET is possible here"));
        config.routes.exception(
                BadRequest.class, (e, context) -> problem(context, 400, String.valueOf(e.getMessage())));
        config.routes.exception(Exception.class, (e, context) -> {
            LOG.warn("a request for {} failed", context.path(), e);
            problem(context, 500, "The request failed; the log of the service says why");
        });
        config.routes.exception(
                FleetException.class, (e, context) -> problem(context, 503, e.getMessage() + "; " + e.hint()));
    }

    private static void protect(Context context) {
        context.header(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; script-src 'self';"
                        + " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cache-Control", "no-store");
    }

    private void health(Context context) {
        IngestStatus status = ingest.get();
        context.status(status.healthy() ? 200 : 503).contentType(JSON).result(QueryJson.object(json -> {
            json.writeStringProperty("status", status.healthy() ? "ok" : "failing");
            json.writeBooleanProperty("connected", status.connected());
            json.writeBooleanProperty("storing", status.storing());
            String fault = status.fault();
            if (fault == null) {
                json.writeNullProperty("fault");
            } else {
                json.writeStringProperty("fault", fault);
            }
            json.writeNumberProperty("batches", status.batches());
            json.writeNumberProperty("rows", status.rows());
            json.writeNumberProperty("duplicates", status.duplicates());
            json.writeNumberProperty("ahead", status.ahead());
            json.writeNumberProperty("conflicts", status.conflicts());
            json.writeNumberProperty("refused", status.refused());
            json.writeNumberProperty("revoked", status.revoked());
            json.writeNumberProperty("databaseErrors", status.databaseErrors());
        }));
    }

    private void predictions(Context context) {
        String device = device(context.queryParam("device"));
        int last = last(context, Limits.QUERY_ROWS);
        json(context, queries -> QueryJson.predictions(queries.predictions(device, last)));
    }

    private void commands(Context context) {
        String device = device(context.queryParam("device"));
        String id = context.queryParam("id");
        int last = last(context, Limits.QUERY_COMMANDS);
        json(context, queries -> QueryJson.commands(queries.commands(device, id, last), clock.millis()));
    }

    private static @Nullable String device(@Nullable String text) {
        if (text != null && !Topics.isDeviceId(text)) {
            throw new BadRequest("'device' is not a device id");
        }
        return text;
    }

    private static int last(Context context, int most) {
        String given = context.queryParam("last");
        String text = given == null ? DEFAULT_LAST : given;
        try {
            int last = Integer.parseInt(text);
            if (last >= 1 && last <= most) {
                return last;
            }
        } catch (NumberFormatException e) {
            throw new BadRequest("'last' is not a number");
        }
        throw new BadRequest("'last' must be from 1 to " + most);
    }

    private void json(Context context, Function<FleetQueries, String> query) {
        try (var queries = FleetQueries.open(database)) {
            context.contentType(JSON).result(query.apply(queries));
        }
    }

    private void html(Context context, Renderer renderer) {
        try (var queries = FleetQueries.open(database)) {
            context.contentType("text/html; charset=utf-8")
                    .result(renderer.render(queries, ingest.get(), clock.millis()));
        }
    }

    private static void resource(Context context, String name, String type) throws IOException {
        try (InputStream in = FleetApi.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in this build");
            }
            context.contentType(type + "; charset=utf-8").result(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** RFC 9457. */
    private static void problem(Context context, int status, String detail) {
        context.status(status).contentType(PROBLEM).result(QueryJson.object(json -> {
            json.writeStringProperty("type", "about:blank");
            json.writeStringProperty("title", context.status().getMessage());
            json.writeNumberProperty("status", status);
            json.writeStringProperty("detail", detail);
        }));
    }

    static @Nullable String rootCause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }

    private interface Renderer {
        String render(FleetQueries queries, IngestStatus ingest, long nowMillis);
    }

    private static final class BadRequest extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BadRequest(String message) {
            super(message);
        }
    }
}
