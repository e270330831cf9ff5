package io.fulmar.fleet;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.PostgresSettings;
import io.fulmar.fleet.registry.Registration;
import io.fulmar.sync.mqtt.Credentials;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Topics;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a fleet service needs to know.
 *
 * @param dataDir where the database is
 * @param bindAddress the address that the embedded broker and the HTTP server listen on
 * @param mqttPort of the embedded broker; 0 for any free one
 * @param httpPort 0 for any free one
 * @param broker an existing broker to use; null to start the embedded one
 * @param prefix what all topics begin with
 * @param enrolment where devices get their certificates; null for nowhere
 * @param access how the broker is protected, or how this service gets in
 * @param anonymous what everybody on this machine may do over HTTP without a token; null for nothing
 * @param storage where it keeps what it knows from now on; null for where it did before, at first in a file in the data
 *     directory
 * @param keep how long records are kept after they were received
 * @param operatorKey a file with the private key under which the service itself tells devices what to have; null to sign
 *     nothing
 * @param nodeDir what is this service's own where several share the data directory; null where it has one for itself
 * @param sink where stored records are sent on to; null for nowhere
 * @param registration which devices something is taken of
 * @param keepReleases how many releases of each model keep their files, whether or not somebody has a use for them; null for
 *     all of them
 * @param keepSamples bytes that all samples of devices together may have
 *
 * <p>Immutable.
 */
public record FleetConfig(
        Path dataDir,
        String bindAddress,
        int mqttPort,
        int httpPort,
        @Nullable URI broker,
        String prefix,
        @Nullable Enrolment enrolment,
        Access access,
        @Nullable Role anonymous,
        @Nullable Storage storage,
        Duration keep,
        @Nullable Path operatorKey,
        @Nullable Path nodeDir,
        @Nullable Sink sink,
        Registration registration,
        @Nullable Integer keepReleases,
        long keepSamples) {
    /** Only programs on this machine reach it. */
    public static final String DEFAULT_BIND_ADDRESS = "127.0.0.1";

    public static final int DEFAULT_MQTT_PORT = 1883;
    /** Of the embedded broker when it speaks TLS. */
    public static final int DEFAULT_MQTTS_PORT = 8883;

    public static final int DEFAULT_HTTP_PORT = 8080;

    public static final int DEFAULT_ENROLMENT_PORT = 8443;

    /**
     * Where devices get their certificates.
     *
     * @param port 0 for any free one
     * @param hosts further names and addresses under which this machine is reached
     * @param life how long the certificates of devices are good for
     * @param trustRoot a file that devices get as their trust root; null for none
     */
    public record Enrolment(
            int port,
            List<String> hosts,
            Duration life,
            @Nullable Path trustRoot) {
        public Enrolment {
            hosts = List.copyOf(hosts);
            requirePort("enrolment", port);
        }

        /** On that port, with everything else as it is by default. */
        public static Enrolment on(int port) {
            return new Enrolment(port, List.of(), Limits.DEVICE_LIFE, null);
        }
    }

    /**
     * How the broker is protected, or how this service gets in.
     *
     * @param protect whether the embedded broker speaks TLS only and lets each do only what it may
     * @param tls how to encrypt to an existing broker; null for one of this fleet's own authority
     * @param credentials for an existing broker that asks for a user name
     */
    public record Access(
            boolean protect, @Nullable Tls tls, @Nullable Credentials credentials) {
        /** An open embedded broker, or an existing one that is open or of this fleet's own authority. */
        public static final Access USUAL = new Access(false, null, null);

        /** An embedded broker for which devices need a certificate of this fleet. */
        public static final Access PROTECTED = new Access(true, null, null);
    }

    /**
     * Where a service keeps what it knows.
     *
     * @param postgresql null for a file in the data directory
     */
    public record Storage(@Nullable PostgresSettings postgresql) {}

    /**
     * Where stored records are sent on to.
     *
     * @param address as kafka://host:9092/topic
     * @param settings a file with further settings for it; null for none
     */
    public record Sink(String address, @Nullable Path settings) {}

    public FleetConfig {
        requirePort("MQTT", mqttPort);
        requirePort("HTTP", httpPort);
        requirePrefix(prefix);
        if (nodeDir != null && broker == null) {
            throw new FleetException(
                    Category.PERMANENT,
                    "services that share a data directory need a broker that they share, too",
                    "name it with --broker");
        }
        if (keepReleases != null && keepReleases < 1) {
            throw new FleetException(
                    Category.PERMANENT,
                    "no release of a model is to keep its files",
                    "keep those of the newest one at least");
        }
        if (keep.compareTo(Limits.RECORDS_KEPT_LEAST) < 0) {
            throw new FleetException(
                    Category.PERMANENT,
                    "records are to be kept for less than an hour",
                    "keep them for " + Limits.RECORDS_KEPT_LEAST.toHours() + "h at least");
        }
    }

    /** A service where nobody enrols. */
    public FleetConfig(
            Path dataDir, String bindAddress, int mqttPort, int httpPort, @Nullable URI broker, String prefix) {
        this(
                dataDir,
                bindAddress,
                mqttPort,
                httpPort,
                broker,
                prefix,
                null,
                Access.USUAL,
                null,
                null,
                Limits.RECORDS_KEPT_FOR,
                null,
                null,
                null,
                Registration.OPEN,
                null,
                Limits.SAMPLES_BYTES);
    }

    /** The same with another broker, an existing one. */
    public FleetConfig broker(URI url) {
        return with(it -> it.broker = url);
    }

    /** The same with enrolment. */
    public FleetConfig enrolment(Enrolment where) {
        return with(it -> it.enrolment = where);
    }

    /** The same with another way into the broker. */
    public FleetConfig access(Access how) {
        return with(it -> it.access = how);
    }

    /** The same where everybody on this machine may do that much over HTTP. */
    public FleetConfig anonymous(Role role) {
        return with(it -> it.anonymous = role);
    }

    /** The same with another place to keep what it knows. */
    public FleetConfig storage(Storage where) {
        return with(it -> it.storage = where);
    }

    /** The same that keeps records for as long as that. */
    public FleetConfig keep(Duration time) {
        return with(it -> it.keep = time);
    }

    /** The same, signing what devices are to have with that private key of an operator. */
    public FleetConfig operatorKey(Path file) {
        return with(it -> it.operatorKey = file);
    }

    /** One of several services that share the data directory; what is its own is in this one. */
    public FleetConfig nodeDir(Path directory) {
        return with(it -> it.nodeDir = directory);
    }

    /** The same that sends stored records on. */
    public FleetConfig sink(Sink where) {
        return with(it -> it.sink = where);
    }

    /** The same that takes something of these devices. */
    public FleetConfig registration(Registration which) {
        return with(it -> it.registration = which);
    }

    /** The same that deletes the files of releases that nobody has any use for, but of so many of each model. */
    public FleetConfig keepReleases(int count) {
        return with(it -> it.keepReleases = count);
    }

    /** The same that keeps samples of so many bytes in all. */
    public FleetConfig keepSamples(long bytes) {
        return with(it -> it.keepSamples = bytes);
    }

    private FleetConfig with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.config();
    }

    /** A copy of which something is about to change. Owned by {@link #with}. */
    private static final class Draft {
        private final FleetConfig base;
        private @Nullable URI broker;
        private @Nullable Enrolment enrolment;
        private Access access;
        private @Nullable Role anonymous;
        private @Nullable Storage storage;
        private Duration keep;
        private @Nullable Path operatorKey;
        private @Nullable Path nodeDir;
        private @Nullable Sink sink;
        private Registration registration;
        private @Nullable Integer keepReleases;
        private long keepSamples;

        Draft(FleetConfig base) {
            this.base = base;
            broker = base.broker;
            enrolment = base.enrolment;
            access = base.access;
            anonymous = base.anonymous;
            storage = base.storage;
            keep = base.keep;
            operatorKey = base.operatorKey;
            nodeDir = base.nodeDir;
            sink = base.sink;
            registration = base.registration;
            keepReleases = base.keepReleases;
            keepSamples = base.keepSamples;
        }

        FleetConfig config() {
            return new FleetConfig(
                    base.dataDir,
                    base.bindAddress,
                    base.mqttPort,
                    base.httpPort,
                    broker,
                    base.prefix,
                    enrolment,
                    access,
                    anonymous,
                    storage,
                    keep,
                    operatorKey,
                    nodeDir,
                    sink,
                    registration,
                    keepReleases,
                    keepSamples);
        }
    }

    /** Where what is this service's own is kept. */
    public Path ownDir() {
        return nodeDir == null ? dataDir : nodeDir;
    }

    /** Everything on free ports of the loopback address. */
    public static FleetConfig inDirectory(Path dataDir) {
        return new FleetConfig(dataDir, DEFAULT_BIND_ADDRESS, 0, 0, null, Topics.DEFAULT_PREFIX);
    }

    private static void requirePort(String what, int port) {
        if (port < 0 || port > 65_535) {
            throw new FleetException(
                    Category.PERMANENT, "the " + what + " port is " + port, "choose 1 to 65535, or 0 for any free one");
        }
    }

    private static void requirePrefix(String prefix) {
        try {
            new Topics(prefix);
        } catch (IllegalArgumentException e) {
            throw new FleetException(
                    Category.PERMANENT, String.valueOf(e.getMessage()), "the default is " + Topics.DEFAULT_PREFIX, e);
        }
    }
}
