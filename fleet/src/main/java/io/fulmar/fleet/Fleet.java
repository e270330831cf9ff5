package io.fulmar.fleet;

import io.fulmar.fleet.api.EnrolmentApi;
import io.fulmar.fleet.api.FleetApi;
import io.fulmar.fleet.api.server.Route;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.broker.EmbeddedBroker;
import io.fulmar.fleet.broker.Protection;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.CatalogKeeper;
import io.fulmar.fleet.command.DesiredChanges;
import io.fulmar.fleet.command.OperatorSignature;
import io.fulmar.fleet.command.TrustDesk;
import io.fulmar.fleet.database.DataDirectory;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Dialect;
import io.fulmar.fleet.identity.BrokerSettings;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.FleetIdentity;
import io.fulmar.fleet.identity.KnownIdentities;
import io.fulmar.fleet.identity.Permissions;
import io.fulmar.fleet.identity.ServerNames;
import io.fulmar.fleet.ingest.FleetStore;
import io.fulmar.fleet.ingest.Ingest;
import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.rollout.PublishedReleases;
import io.fulmar.fleet.rollout.RolloutController;
import io.fulmar.fleet.rollout.Rollouts;
import io.fulmar.fleet.sink.RecordSink;
import io.fulmar.fleet.sink.RecordSinks;
import io.fulmar.fleet.sink.SinkPump;
import io.fulmar.fleet.transfer.PatchMaker;
import io.fulmar.fleet.transfer.TransferDesk;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustException;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.SoftwareVersion;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fleet service: broker, ingest and HTTP, started sink to source and stopped source to sink. Killing it at any time loses
 * nothing that it acknowledged. Thread-safe.
 */
public final class Fleet implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);
    private static final Duration INGEST_REST = Duration.ofMillis(2);
    private static final Duration TRANSFER_REST = Duration.ofMillis(10);
    private static final Duration PATCHES_REST = Duration.ofMillis(50);
    private static final Duration LIVE_REST = Duration.ofMillis(100);
    private static final Duration CATALOG_REST = Duration.ofSeconds(1);
    private static final Duration ROLLOUT_REST = Duration.ofMillis(100);
    private static final Duration SINK_REST = Duration.ofMillis(50);

    private final URI broker;
    private final int mqttPort;
    private final Ingest ingest;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();
    private final FleetApi api;
    private final Deque<AutoCloseable> parts;
    private final Database database;
    private final KnownIdentities identities;
    private final @Nullable EnrolmentApi enrolment;

    private Fleet(FleetConfig config, Deque<AutoCloseable> parts) {
        this.parts = parts;
        FleetConfig.Sink destination = config.sink();
        RecordSink sink = destination == null ? null : RecordSinks.at(destination.address(), destination.settings());
        boolean shared = config.nodeDir() != null;
        DataDirectory data =
                opened(shared ? DataDirectory.share(config.dataDir()) : DataDirectory.take(config.dataDir()));
        DataDirectory own = shared ? opened(DataDirectory.take(config.ownDir())) : data;
        FleetConfig.Storage storage = config.storage();
        this.database = opened(
                storage == null ? Database.serving(data.path()) : Database.serving(data.path(), storage.postgresql()));
        this.identities = opened(KnownIdentities.of(database));
        if (storage != null) { // it works, so the next start finds it, too
            DataDirectory.alone(data.path(), () -> Database.choose(data.path(), storage.postgresql()));
        }
        if (shared && database.dialect() != Dialect.POSTGRESQL) {
            throw new FleetException(
                    Category.PERMANENT,
                    "services that share a data directory need a database that they share, too",
                    "name a PostgreSQL with --database");
        }
        URI existing = config.broker();
        if (existing == null) {
            EmbeddedBroker embedded =
                    opened(EmbeddedBroker.start(config.bindAddress(), config.mqttPort(), protection(config)));
            this.broker = embedded.url();
            this.mqttPort = embedded.port();
        } else {
            this.broker = existing;
            this.mqttPort = existing.getPort();
        }
        var wire = new Wire(new Topics(config.prefix()));
        boolean several = existing != null && database.dialect() == Dialect.POSTGRESQL;
        String node = several ? NodeName.of(own.path()) : null;
        introduce(config, node);
        LinkConfig link = ingestLink(config, broker, wire.topics(), node);
        this.ingest = new Ingest(
                () -> FleetStore.open(database, config.keep(), config.keepSamples(), node),
                listener -> new PahoLink(link, new SplittableRandom(), listener),
                wire,
                InstantSource.system(),
                SoftwareVersion.read(),
                TrustDesk.open(data.path()),
                identities,
                config.registration(),
                several);
        opened(new ServiceThread("ingest", ingest::work, ingest, INGEST_REST, this::ended));
        PatchMaker patches = new PatchMaker(own.path().resolve("patches"));
        opened(new ServiceThread("patches", patches::work, patches, PATCHES_REST, this::ended));
        TransferDesk transfer = transfer(config, wire.topics(), patches, data.path(), node);
        opened(new ServiceThread("transfer", transfer::work, transfer, TRANSFER_REST, this::ended));
        OperatorSignature signature = signature(config);
        keepCatalog(config, data.path());
        var releases = new PublishedReleases(new Catalog(data.path()));
        var controller = new RolloutController(database::openWriter, signature, releases, InstantSource.system());
        opened(new ServiceThread("rollout", controller::work, controller, ROLLOUT_REST, this::ended));
        SinkPump pump = sink == null ? null : new SinkPump(database::openLasting, sink, InstantSource.system());
        if (pump != null) {
            opened(new ServiceThread("sink", pump::work, pump, SINK_REST, this::ended));
        }
        this.api = opened(FleetApi.start(new FleetApi.Settings(
                database,
                data.path(),
                ingest::status,
                ingest.carried(),
                pump == null ? () -> null : pump::status,
                new Catalog(data.path()),
                wire.topics(),
                (topic, message) -> send(config, node, topic, message),
                new Rollouts(database, signature, releases, InstantSource.system()),
                new DesiredChanges(database, signature, InstantSource.system()),
                InstantSource.system(),
                config.bindAddress(),
                config.httpPort(),
                config.anonymous())));
        opened(new ServiceThread("live", api::work, () -> {}, LIVE_REST, this::ended));
        this.enrolment = config.enrolment() == null ? null : opened(enrolment(config, config.enrolment(), data.path()));
        opened(said(config, own));
    }

    /** Among several each has certificates of its own, since a Mosquitto of this fleet lets each name in once. */
    private static String named(String name, @Nullable String node) {
        return node == null ? name : name + FleetIdentity.OF_NODE + node;
    }

    /** Has a Mosquitto of this fleet know the names of this service. */
    private void introduce(FleetConfig config, @Nullable String node) {
        if (node == null || config.access().tls() != null || !"mqtts".equals(broker.getScheme())) {
            return;
        }
        InstantSource clock = InstantSource.system();
        FleetIdentity identity = FleetIdentity.openOrCreate(config.dataDir(), clock);
        identity.service(named(FleetIdentity.INGEST, node));
        identity.service(named(FleetIdentity.TRANSFER, node));
        identity.operator(named(FleetIdentity.LOCAL, node));
        try {
            new Enrolments(config.dataDir(), database, identity, clock, Limits.DEVICE_LIFE).publish();
        } catch (FleetException e) {
            LOG.warn("the broker was not told of this service: {}; {}", e.getMessage(), e.hint());
        }
    }

    private void keepCatalog(FleetConfig config, Path data) {
        if (config.keepReleases() != null) {
            var keeper = new CatalogKeeper(
                    data,
                    new Catalog(data),
                    database,
                    InstantSource.system(),
                    config.keepReleases(),
                    Limits.CATALOG_GRACE);
            opened(new ServiceThread("catalog", keeper::work, keeper, CATALOG_REST, this::ended));
        }
    }

    private static OperatorSignature signature(FleetConfig config) {
        Path file = config.operatorKey();
        try {
            return new OperatorSignature(config.dataDir(), file == null ? null : SigningKey.read(file));
        } catch (TrustException e) {
            throw new FleetException(Category.PERMANENT, String.valueOf(e.getMessage()), e.hint(), e);
        }
    }

    /** Says where the service is, until it is closed. */
    private AutoCloseable said(FleetConfig config, DataDirectory data) {
        boolean any =
                config.bindAddress().equals("0.0.0.0") || config.bindAddress().equals("::");
        String host = any ? "127.0.0.1" : config.bindAddress();
        String address = host.contains(":") ? "[" + host + "]" : host;
        new ServiceFile(
                        broker,
                        URI.create("http://" + address + ":" + httpPort() + "/"),
                        config.prefix(),
                        ProcessHandle.current().pid())
                .write(data.path());
        return () -> ServiceFile.remove(data.path());
    }

    private @Nullable Protection protection(FleetConfig config) {
        if (!config.access().protect()) {
            return null;
        }
        FleetConfig.Enrolment enrolling = config.enrolment();
        List<String> hosts = enrolling == null ? List.of() : enrolling.hosts();
        FleetIdentity.Credential server = FleetIdentity.openOrCreate(config.dataDir(), InstantSource.system())
                .server(ServerNames.of(hosts, config.bindAddress()));
        return new Protection(
                server.ca(),
                server.certificate(),
                Protection.Rights.of(new Permissions(config.prefix())),
                identities::principal);
    }

    private EnrolmentApi enrolment(FleetConfig config, FleetConfig.Enrolment settings, Path data) {
        InstantSource clock = InstantSource.system();
        var enrolments =
                new Enrolments(data, database, FleetIdentity.openOrCreate(data, clock), clock, settings.life());
        List<String> names = ServerNames.of(settings.hosts(), config.bindAddress());
        var facts = new EnrolmentFacts(data, broker, config.broker() == null, config.prefix(), settings.trustRoot());
        EnrolmentApi api = EnrolmentApi.start(enrolments, facts, clock, names, config.bindAddress(), settings.port());
        DataDirectory.alone(
                data,
                () -> BrokerSettings.read(data)
                        .enrolment(https(names.getFirst(), api.port()))
                        .write(data));
        return api;
    }

    private static URI https(String name, int port) {
        return URI.create("https://" + (name.indexOf(':') >= 0 ? "[" + name + "]" : name) + ":" + port);
    }

    /** Starts a service. A {@link FleetException} says what could not be started; then nothing is left behind. */
    public static Fleet open(FleetConfig config) {
        Deque<AutoCloseable> parts = new ConcurrentLinkedDeque<>();
        try {
            return new Fleet(config, parts);
        } catch (RuntimeException e) {
            closeAll(parts);
            throw e;
        }
    }

    private TransferDesk transfer(
            FleetConfig config, Topics topics, PatchMaker patches, Path data, @Nullable String node) {
        LinkConfig link = link(config, broker, FleetIdentity.TRANSFER, node)
                .subscriptions(node == null ? topics.everyBlobGet() : Ingest.shared(topics.everyBlobGet()))
                .build();
        return new TransferDesk(
                topics,
                listener -> new PahoLink(link, new SplittableRandom(), listener),
                new Catalog(data)::find,
                patches,
                device -> identities.isRevoked(device) || !config.registration().admits(identities, device),
                Limits.TRANSFER_RATE);
    }

    private static LinkConfig ingestLink(FleetConfig config, URI broker, Topics topics, @Nullable String node) {
        return link(config, broker, FleetIdentity.INGEST, node)
                .subscriptions(node == null ? Ingest.every(topics) : Ingest.shared(topics))
                .build();
    }

    /**
     * The client id is fixed, so that a second service under the same prefix is noticed instead of sharing the rows; where
     * several may share them it is that of the node.
     */
    private static LinkConfig.Builder link(FleetConfig config, URI broker, String service, @Nullable String node) {
        String prefix = config.prefix().replace('/', '-');
        String client = service.equals(FleetIdentity.INGEST) ? "fulmar-fleet-" : "fulmar-" + service + "-";
        LinkConfig.Builder builder = LinkConfig.builder(broker, client + prefix + (node == null ? "" : "-" + node))
                .inboundQueue(Limits.INBOUND_QUEUE)
                .inboundPacketBytes(Limits.MAX_PACKET_BYTES)
                .credentials(config.access().credentials())
                .backoff(Backoff.between(Duration.ofMillis(100), Duration.ofSeconds(5)));
        if (config.access().tls() != null) {
            builder.tls(config.access().tls());
        } else if ("mqtts".equals(broker.getScheme())) {
            FleetIdentity.Credential own = FleetIdentity.openOrCreate(config.dataDir(), InstantSource.system())
                    .service(named(service, node));
            builder.tls(new Tls(own.ca(), own.certificate(), own.key()));
        }
        return builder;
    }

    /** As an operator on this machine, with a connection of its own: commands are few. */
    private void send(FleetConfig config, @Nullable String node, String topic, byte[] message) {
        Tls tls = config.access().tls();
        if (tls == null && "mqtts".equals(broker.getScheme())) {
            FleetIdentity.Credential own = FleetIdentity.openOrCreate(config.dataDir(), InstantSource.system())
                    .operator(named(FleetIdentity.LOCAL, node));
            tls = new Tls(own.ca(), own.certificate(), own.key());
        }
        try (var client = FleetClient.connect(broker, tls, config.access().credentials(), List.of(), heard -> {})) {
            client.send(topic, message, false);
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    /** Where devices on this machine connect to. */
    public URI brokerUrl() {
        return broker;
    }

    /** The real port of the embedded broker, or that of the existing one. */
    public int mqttPort() {
        return mqttPort;
    }

    /** The real port of the HTTP server. */
    public int httpPort() {
        return api.port();
    }

    /** What can be asked for over HTTP, and who may. */
    public List<Route> routes() {
        return api.routes();
    }

    /** The real port where devices enrol; -1 where they cannot. */
    public int enrolmentPort() {
        return enrolment == null ? -1 : enrolment.port();
    }

    /** How the ingest is. */
    public IngestStatus status() {
        return ingest.status();
    }

    /** Makes {@link #await} return; who waits there closes the service. */
    public void requestStop() {
        ended.countDown();
    }

    /** Waits until the service was asked to stop or is closed, or until it cannot go on, which is an exception. */
    public void await() throws InterruptedException {
        ended.await();
        Throwable cause = defect.get();
        if (cause != null) {
            throw new FleetException(
                    Category.FATAL,
                    "a part of the service ended with a defect: " + cause,
                    "start the service again: nothing that was acknowledged is lost; report what the log says",
                    cause);
        }
    }

    private void ended(Throwable cause) {
        defect.compareAndSet(null, cause);
        ended.countDown();
    }

    @Override
    public void close() {
        ended.countDown();
        closeAll(parts);
    }

    private static void closeAll(Deque<AutoCloseable> parts) {
        @Nullable AutoCloseable part = parts.poll();
        while (part != null) {
            closeQuietly(part);
            part = parts.poll();
        }
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) { // as AutoCloseable declares it: whatever it is, the other parts have to be closed, too
            LOG.warn("a part of the fleet did not close cleanly", e);
        }
    }
}
