package io.fulmar.fleet.api;

import io.fulmar.fleet.api.server.ApiServer;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.fleet.identity.Enrolled;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.RefusedException;
import io.fulmar.fleet.identity.ServerTls;
import io.fulmar.sync.wire.EnrolmentAnswer;
import io.fulmar.sync.wire.EnrolmentCodec;
import io.fulmar.sync.wire.EnrolmentRequest;
import io.fulmar.sync.wire.WireException;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where devices get their certificates: HTTPS with a certificate of the fleet's own authority, two addresses, nothing
 * else. Thread-safe.
 */
public final class EnrolmentApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EnrolmentApi.class);
    private final RateLimitedLog refusals = new RateLimitedLog(LOG, Limits.REFUSALS_LOGGED);
    private static final String JSON = "application/json";
    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    /** As in {@link ApiServer}. */
    private static final List<java.util.logging.Logger> QUIET = Stream.of("org.eclipse.jetty", "io.javalin")
            .map(java.util.logging.Logger::getLogger)
            .toList();

    private final Enrolments enrolments;
    private final Facts facts;
    private final InstantSource clock;
    private final Javalin server;
    private final String bindAddress;
    private final int wantedPort;

    /** What a device is told beside its certificate. */
    public interface Facts {
        /**
         * Where the broker is for devices.
         *
         * @param asked the host name under which the device reached this server
         */
        @Nullable
        URI broker(String asked);

        String prefix();

        /** The trust root of the devices, as JSON; null where there is none. */
        @Nullable
        String trustRoot();
    }

    private EnrolmentApi(
            Enrolments enrolments,
            Facts facts,
            InstantSource clock,
            Collection<String> names,
            String bindAddress,
            int port) {
        this.enrolments = enrolments;
        this.facts = facts;
        this.clock = clock;
        this.bindAddress = bindAddress;
        this.wantedPort = port;
        this.server = Javalin.create(config -> configure(config, names));
    }

    /**
     * Starts to listen; port 0 takes any free one.
     *
     * @param names that devices connect to
     */
    public static EnrolmentApi start(
            Enrolments enrolments,
            Facts facts,
            InstantSource clock,
            Collection<String> names,
            String bindAddress,
            int port) {
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
        var api = new EnrolmentApi(enrolments, facts, clock, names, bindAddress, port);
        try {
            api.server.start();
        } catch (RuntimeException e) {
            throw new FleetException(
                    Category.FATAL,
                    "cannot listen for enrolments on " + bindAddress + ":" + port + ": " + ApiServer.rootCause(e),
                    "another program may be using the port: stop it, or choose --enroll-port",
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

    private void configure(JavalinConfig config, Collection<String> names) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.maxRequestSize = Limits.HTTP_REQUEST_BYTES;
        config.jetty.threadPool = new QueuedThreadPool(Limits.ENROLMENT_THREADS, 2);
        config.jetty.addConnector((jetty, http) -> connector(jetty, http, names));
        config.routes.post(EnrolmentCodec.ENROL_PATH, this::enrol);
        config.routes.post(EnrolmentCodec.RENEW_PATH, this::renew);
        config.routes.error(404, context -> refuse(context, 404, "malformed", "There is nothing at this address"));
        config.routes.exception(
                WireException.class, (e, context) -> refuse(context, 400, "malformed", String.valueOf(e.getMessage())));
        config.routes.exception(Exception.class, (e, context) -> {
            LOG.warn("a request for {} failed", context.path(), e);
            refuse(context, 500, "unavailable", "the fleet's log says why");
        });
        config.routes.exception(FleetException.class, (e, context) -> {
            refusals.warn(
                    System.nanoTime(), "a request for " + context.path() + " failed", e.getMessage() + "; " + e.hint());
            refuse(context, 503, "unavailable", "the fleet cannot do it now, its log says why");
        });
    }

    private Connector connector(Server jetty, HttpConfiguration http, Collection<String> names) {
        var tls = new SslContextFactory.Server();
        tls.setSslContext(ServerTls.context(enrolments.identity(), names));
        tls.setWantClientAuth(true);
        var secure = new HttpConfiguration(http);
        secure.setSendServerVersion(false);
        secure.addCustomizer(new SecureRequestCustomizer(false)); // a device may reach this by an address
        var connector = new ServerConnector(
                jetty,
                new SslConnectionFactory(tls, HttpVersion.HTTP_1_1.asString()),
                new HttpConnectionFactory(secure));
        connector.setHost(bindAddress);
        connector.setPort(wantedPort);
        jetty.addBean(new NetworkConnectionLimit(Limits.ENROLMENT_CONNECTIONS, jetty));
        connector.setIdleTimeout(Limits.ENROLMENT_IDLE.toMillis());
        return connector;
    }

    private void enrol(Context context) {
        EnrolmentRequest request = EnrolmentCodec.decodeRequest(context.bodyAsBytes());
        String token = request.token();
        if (token == null) {
            refuse(context, 400, "malformed", "a token is needed");
            return;
        }
        try {
            Enrolled enrolled = enrolments.enrol(token, request.request());
            LOG.info("{} is enrolled (certificate {})", enrolled.device(), enrolled.serial());
            grant(context, enrolled);
        } catch (RefusedException e) {
            refuse(context, e);
        }
    }

    private void renew(Context context) {
        EnrolmentRequest request = EnrolmentCodec.decodeRequest(context.bodyAsBytes());
        X509Certificate[] shown = context.attribute(CERTIFICATES);
        if (shown == null || shown.length == 0) {
            refuse(context, 401, "unknown", "a renewal needs the certificate of the device");
            return;
        }
        try {
            Enrolled enrolled = enrolments.renew(shown[0], request.request());
            LOG.info("{} has renewed its certificate (now {})", enrolled.device(), enrolled.serial());
            grant(context, enrolled);
        } catch (RefusedException e) {
            refuse(context, e);
        }
    }

    private void grant(Context context, Enrolled enrolled) {
        URI broker = facts.broker(context.req().getServerName());
        respond(
                context,
                200,
                new EnrolmentAnswer.Granted(
                        enrolled.device(),
                        enrolled.groups().stream().sorted().toList(),
                        enrolled.certificate(),
                        enrolled.ca(),
                        broker == null ? null : broker.toString(),
                        facts.prefix(),
                        facts.trustRoot(),
                        clock.millis()));
    }

    private void refuse(Context context, RefusedException e) {
        refusals.warn(
                System.nanoTime(), "refused " + context.ip() + " on " + context.path(), String.valueOf(e.getMessage()));
        int status = switch (e.reason()) {
            case MALFORMED -> 400;
            case UNKNOWN, EXPIRED, USED, REVOKED -> 403;
            case UNAVAILABLE -> 503;
        };
        refuse(context, status, e.reason().name().toLowerCase(Locale.ROOT), String.valueOf(e.getMessage()));
    }

    private static void refuse(Context context, int status, String reason, String message) {
        respond(context, status, new EnrolmentAnswer.Refused(reason, message));
    }

    private static void respond(Context context, int status, EnrolmentAnswer answer) {
        context.status(status)
                .contentType(JSON)
                .header("Cache-Control", "no-store")
                .result(EnrolmentCodec.encode(answer));
    }
}
