package io.fulmar.fleet.api;

import io.fulmar.fleet.api.metrics.FleetMetrics;
import io.fulmar.fleet.api.routes.AssignRoutes;
import io.fulmar.fleet.api.routes.AuditRoutes;
import io.fulmar.fleet.api.routes.CatalogRoutes;
import io.fulmar.fleet.api.routes.CommandRoutes;
import io.fulmar.fleet.api.routes.CommandSender;
import io.fulmar.fleet.api.routes.DataRoutes;
import io.fulmar.fleet.api.routes.DeviceRoutes;
import io.fulmar.fleet.api.routes.ExportRoutes;
import io.fulmar.fleet.api.routes.FleetHealth;
import io.fulmar.fleet.api.routes.HealthRoutes;
import io.fulmar.fleet.api.routes.IdentityRoutes;
import io.fulmar.fleet.api.routes.LabelRoutes;
import io.fulmar.fleet.api.routes.LiveFeed;
import io.fulmar.fleet.api.routes.LoginRoutes;
import io.fulmar.fleet.api.routes.MetricsRoutes;
import io.fulmar.fleet.api.routes.OverviewRoutes;
import io.fulmar.fleet.api.routes.PageRoutes;
import io.fulmar.fleet.api.routes.PublishRoutes;
import io.fulmar.fleet.api.routes.QuestionRoutes;
import io.fulmar.fleet.api.routes.Reader;
import io.fulmar.fleet.api.routes.RolloutRoutes;
import io.fulmar.fleet.api.routes.RowsRoutes;
import io.fulmar.fleet.api.routes.SampleRoutes;
import io.fulmar.fleet.api.routes.TokenRoutes;
import io.fulmar.fleet.api.routes.TruthRoutes;
import io.fulmar.fleet.api.security.AccessDatabase;
import io.fulmar.fleet.api.security.AuditLog;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.api.security.Logins;
import io.fulmar.fleet.api.security.Repeats;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.security.Tokens;
import io.fulmar.fleet.api.server.ApiSecurity;
import io.fulmar.fleet.api.server.ApiServer;
import io.fulmar.fleet.api.server.Route;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.command.DesiredChanges;
import io.fulmar.fleet.database.DataDirectory;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.ingest.Carried;
import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.rollout.Rollouts;
import io.fulmar.fleet.sink.SinkStatus;
import io.fulmar.sync.wire.SoftwareVersion;
import io.fulmar.sync.wire.Topics;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The fleet over HTTP: its API, its page, and who may use them. Puts the parts together, nothing else. Thread-safe. */
public final class FleetApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FleetApi.class);

    private final AccessDatabase access;
    private final ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();
    private final LiveFeed feed;
    private final ApiServer server;

    /**
     * What the API is about, and where it is.
     *
     * @param dataDir where the first administrator's token is put
     * @param sink how it is to send records on; null in a service that does not
     * @param commands how devices are told what to do
     * @param port 0 for any free one
     * @param anonymous what everybody on this machine may do without a token; null for nothing
     *     <p>Immutable.
     */
    public record Settings(
            Database database,
            Path dataDir,
            Supplier<IngestStatus> ingest,
            Carried carried,
            Supplier<@Nullable SinkStatus> sink,
            Catalog catalog,
            Topics topics,
            CommandSender commands,
            Rollouts rollouts,
            DesiredChanges changes,
            InstantSource clock,
            String bindAddress,
            int port,
            @Nullable Role anonymous) {}

    private FleetApi(Settings settings) {
        InstantSource clock = settings.clock();
        this.access = new AccessDatabase(settings.database());
        try {
            var tokens = new Tokens(access, clock);
            var logins = new Logins(access, clock);
            var audit = new AuditLog(access, clock);
            DataDirectory.alone(settings.dataDir(), () -> {
                if (LocalToken.provide(settings.dataDir(), tokens)) {
                    LOG.info("the token of an administrator is in {}", LocalToken.file(settings.dataDir()));
                }
            });
            var reader = new Reader(settings.database());
            this.feed = new LiveFeed(reader, clock);
            String version = SoftwareVersion.read();
            var health = new FleetHealth(reader, feed, settings.ingest(), settings.sink(), clock);
            var metrics = new FleetMetrics(version, health);
            var router = new Router();
            new HealthRoutes(settings.ingest()).addTo(router);
            new LoginRoutes(tokens, logins, audit).addTo(router);
            PageRoutes.addTo(router);
            new OverviewRoutes(feed, health, clock, version).addTo(router);
            new MetricsRoutes(metrics).addTo(router);
            new DeviceRoutes(reader).addTo(router);
            new DataRoutes(reader).addTo(router);
            new ExportRoutes(reader, clock).addTo(router);
            new RowsRoutes(settings.carried()).addTo(router);
            new IdentityRoutes(settings.database(), clock).addTo(router);
            new AssignRoutes(reader, settings.catalog(), settings.dataDir(), settings.changes()).addTo(router);
            new QuestionRoutes(reader, settings.catalog(), clock).addTo(router);
            new CommandRoutes(reader, clock, settings.commands(), settings.topics()).addTo(router);
            new CatalogRoutes(reader, settings.catalog()).addTo(router);
            new RolloutRoutes(settings.rollouts()).addTo(router);
            new LabelRoutes(settings.database()).addTo(router);
            new TruthRoutes(settings.database(), clock).addTo(router);
            new SampleRoutes(settings.database()).addTo(router);
            new PublishRoutes(settings.catalog(), settings.dataDir(), clock).addTo(router);
            new TokenRoutes(tokens, clock).addTo(router);
            new AuditRoutes(audit).addTo(router);
            this.server = ApiServer.start(
                    new ApiSecurity(tokens, logins, audit, new Repeats(access, clock), settings.anonymous()),
                    router,
                    metrics,
                    senders,
                    settings.bindAddress(),
                    settings.port());
        } catch (RuntimeException e) {
            senders.shutdownNow();
            access.close();
            throw e;
        }
    }

    /** Starts to listen. */
    public static FleetApi start(Settings settings) {
        return new FleetApi(settings);
    }

    public int port() {
        return server.port();
    }

    /** Every route that there is, and who may use it. */
    public List<Route> routes() {
        return server.routes();
    }

    /** Tells those who listen what is new; for a thread of its own. Returns how much there was. */
    public int work(long nowNanos) {
        return feed.work(nowNanos);
    }

    @Override
    public void close() {
        feed.close();
        server.close();
        senders.shutdownNow();
        access.close();
    }
}
