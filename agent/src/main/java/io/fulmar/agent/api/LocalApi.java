package io.fulmar.agent.api;

import io.fulmar.agent.api.http.Front;
import io.fulmar.agent.api.http.OwnerSecret;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.agent.api.http.Route;
import io.fulmar.agent.api.infer.InferRoutes;
import io.fulmar.agent.api.oip.OipRoutes;
import io.fulmar.agent.api.rows.RowsRoutes;
import io.fulmar.agent.api.serve.ServedModels;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.run.HttpPort;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.agent.run.Worker;
import io.fulmar.config.ApiSettings;
import io.fulmar.config.DeviceConfig;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.sync.wire.RowsAnswer;
import io.fulmar.sync.wire.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the device offers over HTTP on its own machine. It never keeps the agent from its work: a port that is taken is tried
 * again later. Owned by its thread; {@link #address} is thread-safe.
 */
public final class LocalApi implements Worker, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("api");

    private final ApiSettings settings;
    private final Conditions conditions;
    private final ServedModels models;
    private final OwnerSecret owner;
    private final Front front;
    private final AtomicReference<@Nullable HttpPort> port = new AtomicReference<>();
    private boolean tried;
    private long triedNanos;
    private String trouble = "";
    private String secretTrouble = "";

    /**
     * What it shows and runs.
     *
     * @param config that runs
     * @param salvage takes word of what the fleet has of a store that was set aside
     */
    public record Parts(
            String version,
            Supplier<DeviceConfig> config,
            ModelSource source,
            Pipelines pipelines,
            Samples samples,
            Breadcrumbs breadcrumbs,
            Runner runner,
            Counters counters,
            Conditions conditions,
            Supplier<Status.Health> health,
            Supplier<StoreView> store,
            StoreErrands errands,
            Predicate<RowsAnswer.Held> salvage,
            LongSupplier uptimeMillis,
            BooleanSupplier connected) {}

    public LocalApi(ApiSettings settings, Parts parts) {
        this.settings = settings;
        this.conditions = parts.conditions();
        this.models = new ServedModels(
                () -> parts.config().get().models(), parts.source(), parts.breadcrumbs(), parts.runner(), settings);
        RequestCounts requests = new RequestCounts();
        Metrics metrics = new Metrics(parts, models, requests);
        List<Route> routes = new ArrayList<>();
        routes.add(Route.openGet("/healthz", call -> healthz(parts.health().get())));
        routes.add(Route.get("/metrics", call -> Reply.text(PrometheusText.TYPE, metrics.text())));
        routes.addAll(new OipRoutes(models, parts.version()).routes());
        routes.addAll(new InferRoutes(models, parts.config(), parts.pipelines(), parts.samples()).routes());
        routes.addAll(new SourceRoutes(parts.pipelines()).routes());
        DeviceConfig config = parts.config().get();
        routes.addAll(
                new RowsRoutes(config.device().id(), config.state().dir(), parts.errands(), parts.salvage()).routes());
        routes.addAll(new DriftRoutes(parts.pipelines()).routes());
        LivePage page = new LivePage(parts);
        routes.addAll(page.routes());
        this.owner = new OwnerSecret(config.state().dir());
        this.front = new Front(routes, settings, owner, requests::count);
    }

    private static Reply healthz(Status.Health health) {
        return Reply.json(
                health == Status.Health.FAILED ? 503 : 200,
                json -> json.writeStringProperty("status", health.name().toLowerCase(Locale.ROOT)));
    }

    /** Every way to ask. */
    public List<Route> routes() {
        return front.routes();
    }

    /** Where it listens; null while it does not. */
    public @Nullable InetSocketAddress address() {
        HttpPort open = port.get();
        return open == null ? null : open.address();
    }

    @Override
    public int work(long nowNanos) {
        models.look();
        if (settings.enabled()
                && (port.get() == null || needsSecret())
                && (!tried || nowNanos - triedNanos >= Limits.TRY_AGAIN.toNanos())) {
            tried = true;
            triedNanos = nowNanos;
            if (needsSecret()) {
                findSecret();
            }
            if (port.get() == null) {
                listen();
            }
        }
        return 0;
    }

    private boolean needsSecret() {
        return settings.token() == null && owner.now() == null;
    }

    /** Without it the interface answers all the same, but for what is the owner's alone. */
    private void findSecret() {
        try {
            owner.find();
        } catch (IOException e) {
            String reason = "cannot make " + owner.file() + ": " + DiskFiles.said(e);
            if (!reason.equals(secretTrouble)) {
                LOG.warn("{}; until it can, nobody gets what [api] has for the owner alone", reason);
            }
            secretTrouble = reason;
        }
    }

    @Override
    public long idleNanos(long nowNanos) {
        return Limits.LOOK_EVERY.toNanos();
    }

    private void listen() {
        InetSocketAddress wanted = new InetSocketAddress(settings.host(), settings.wantedPort());
        try {
            HttpPort open = HttpPort.open(wanted, front);
            port.set(open);
            conditions.clear(ConditionName.API_UNAVAILABLE);
            LOG.info("answers on {}", url(open.address()));
        } catch (IOException e) {
            String reason =
                    "cannot listen on " + settings.host() + " port " + settings.wantedPort() + ": " + e.getMessage();
            if (settings.port() != null) {
                conditions.raise(ConditionName.API_UNAVAILABLE, reason);
            } else if (!reason.equals(trouble)) { // nobody has asked for it by name
                LOG.warn("{}; [api] gives it another port, or turns it off", reason);
            }
            trouble = reason;
        }
    }

    /** As a browser takes it. */
    public static String url(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Listens no more and frees the models; what is being asked gets no answer. */
    @Override
    public void close() {
        HttpPort open = port.getAndSet(null);
        if (open != null) {
            open.close();
        }
        models.close();
    }
}
