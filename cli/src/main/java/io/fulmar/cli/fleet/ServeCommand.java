package io.fulmar.cli.fleet;

import io.fulmar.agent.os.ServiceManager;
import io.fulmar.agent.run.DeviceLogging;
import io.fulmar.agent.run.StopSignals;
import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.PasswordFile;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.PostgresSettings;
import io.fulmar.fleet.identity.FleetIdentity;
import io.fulmar.fleet.registry.Registration;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Topics;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code fulmar fleet serve}: runs the service until it is told to stop. Owned by the main thread. */
@Command(
        name = "serve",
        description = {
            "Runs the fleet service: an MQTT broker, the ingest that stores what devices send, and a page to look at.",
            "It stops cleanly on Ctrl-C or SIGTERM; killing it loses nothing that it acknowledged."
        })
final class ServeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    DataOption data = new DataOption();

    @Option(
            names = "--bind",
            paramLabel = "ADDR",
            description = "Address to listen on; default: " + FleetConfig.DEFAULT_BIND_ADDRESS
                    + ". Without --tls the broker has no login: bind another address only where everybody may connect.")
    String bindAddress = FleetConfig.DEFAULT_BIND_ADDRESS;

    @Option(
            names = "--mqtt-port",
            paramLabel = "N",
            description = "Port of the embedded broker, 0 for any free one; default: " + FleetConfig.DEFAULT_MQTT_PORT
                    + ", with --tls " + FleetConfig.DEFAULT_MQTTS_PORT + ".")
    @Nullable
    Integer mqttPort;

    @Option(
            names = "--http-port",
            paramLabel = "N",
            description =
                    "Port of the page and its API, 0 for any free one; default: " + FleetConfig.DEFAULT_HTTP_PORT + ".")
    int httpPort = FleetConfig.DEFAULT_HTTP_PORT;

    @Option(
            names = "--broker",
            paramLabel = "URL",
            converter = BrokerUrl.class,
            description = "An MQTT 5 broker to use instead of the embedded one, as mqtt://host:1883, or as"
                    + " mqtts://host:8883 for one that 'fulmar fleet mosquitto' has set up.")
    @Nullable
    URI broker;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "PEM file with the authority of an existing broker that is not of this fleet's own; with --cert or"
                            + " --username default: the authorities that this machine knows.")
    @Nullable
    Path ca;

    @Option(
            names = "--cert",
            paramLabel = "FILE",
            description = "PEM file with this service's certificate for an existing broker.")
    @Nullable
    Path certificate;

    @Option(names = "--private-key", paramLabel = "FILE", description = "PEM file with its private key.")
    @Nullable
    Path privateKey;

    @Option(
            names = "--username",
            paramLabel = "NAME",
            description = "This service's user name at an existing broker that asks for one.")
    @Nullable
    String username;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "File whose first line is the password; read again at every connect.")
    @Nullable
    Path passwordFile;

    @Option(
            names = "--prefix",
            paramLabel = "P",
            description = "What all topics begin with; default: " + Topics.DEFAULT_PREFIX + ".")
    String prefix = Topics.DEFAULT_PREFIX;

    @Option(
            names = "--tls",
            description =
                    "Have the embedded broker speak TLS only, ask every client for a certificate of this fleet, and let"
                            + " each device use its own topics only; the port is " + FleetConfig.DEFAULT_MQTTS_PORT
                            + " then. Devices enrol for it, so it implies --enroll-port.")
    boolean tls;

    @Option(
            names = "--enroll-port",
            paramLabel = "N",
            description = "Port where devices get their certificates, 0 for any free one; default: "
                    + FleetConfig.DEFAULT_ENROLMENT_PORT
                    + " once 'fulmar fleet enroll' or 'fulmar fleet mosquitto' was run, else none.")
    @Nullable
    Integer enrollPort;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description =
                    "A name or address under which devices reach this machine, for its certificate; repeatable, and"
                            + " the first one is printed by 'fulmar fleet enroll'.")
    List<String> hosts = new ArrayList<>();

    @Option(
            names = "--certificate-life",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How long the certificates of devices are good for; they renew them after two thirds of it."
                    + " Default: 90d.")
    Duration certificateLife = Limits.DEVICE_LIFE;

    @Option(
            names = "--trust-root",
            paramLabel = "FILE",
            description = "A trust root to give to devices that enrol; default: trust.json in the data directory,"
                    + " if it is there.")
    @Nullable
    Path trustRoot;

    @Option(
            names = "--database",
            paramLabel = "URL",
            description =
                    "Where to keep what it knows from now on: a PostgreSQL database as postgresql://user@host:5432/name,"
                            + " with sslmode, sslrootcert, sslcert and sslkey as parameters, or sqlite for a file in the"
                            + " data directory. Default: where it was before, at first sqlite. Nothing is moved.")
    @Nullable
    String database;

    @Option(
            names = "--node",
            paramLabel = "DIR",
            description =
                    "This is one of several services that share the data directory, the broker and a PostgreSQL database;"
                            + " what is its own it keeps here. See docs/database.md.")
    @Nullable
    Path nodeDir;

    @Option(
            names = "--keep",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How long to keep records after they were received, at least 1h; default: 90d. The counts of"
                    + " predictions are kept for 400 days.")
    Duration keep = Limits.RECORDS_KEPT_FOR;

    @Option(
            names = "--database-password-file",
            paramLabel = "FILE",
            description = "File whose first line is the password for the database; default: the environment variable "
                    + PostgresSettings.PASSWORD_VARIABLE + ".")
    @Nullable
    Path databasePasswordFile;

    @Option(
            names = "--operator-key",
            paramLabel = "FILE",
            description =
                    "Sign what rollouts tell devices with this private key of an operator; needed where the trust root"
                            + " names operators.")
    @Nullable
    Path operatorKey;

    @Option(
            names = "--sink",
            paramLabel = "URL",
            description =
                    "Send every record on once it is stored, as kafka://host:9092,host:9092/topic, for Spark, Flink and"
                            + " others. That is a module of its own; see docs/kafka.md.")
    @Nullable
    String sink;

    @Option(
            names = "--sink-config",
            paramLabel = "FILE",
            description = "Properties for the client of --sink, such as how it encrypts and logs in.")
    @Nullable
    Path sinkConfig;

    @Option(
            names = "--registration",
            paramLabel = "WHICH",
            converter = RegistrationName.class,
            description = "Which devices to take records of: open for all that the broker lets in, enrolled for those"
                    + " with an identity of 'fulmar fleet enroll'; default: open.")
    Registration registration = Registration.OPEN;

    @Option(
            names = "--keep-releases",
            paramLabel = "N",
            description = "Delete the files of releases that no device runs or is to have and no rollout names, an hour"
                    + " after that is so, but never those of the newest N of each model; default: keep all files.")
    @Nullable
    Integer keepReleases;

    @Option(
            names = "--keep-samples",
            paramLabel = "MIB",
            description = "How many MiB of samples of devices to keep, the newest; default: ${DEFAULT-VALUE}.")
    int keepSamples = (int) (Limits.SAMPLES_BYTES >> 20);

    /** Reads {@code open} and {@code enrolled}. */
    static final class RegistrationName implements ITypeConverter<Registration> {
        @Override
        public Registration convert(String value) {
            Registration named = Registration.of(value);
            if (named == null) {
                throw new TypeConversionException("'" + value + "' is neither open nor enrolled");
            }
            return named;
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        int port = mqttPort != null ? mqttPort : tls ? FleetConfig.DEFAULT_MQTTS_PORT : FleetConfig.DEFAULT_MQTT_PORT;
        requirePort("--mqtt-port", port);
        requireBrokerOptions();
        requirePort("--http-port", httpPort);
        requirePrefix();
        if (keepReleases != null && keepReleases < 1) {
            throw wrong("--keep-releases is " + keepReleases + ", and the newest one is always kept: 1 or more");
        }
        if (keepSamples < 1) {
            throw wrong("--keep-samples is " + keepSamples + ": 1 or more");
        }
        DeviceLogging.setLevel("INFO");
        PrintWriter out = spec.commandLine().getOut();
        var config = new FleetConfig(
                data.directory(),
                bindAddress,
                port,
                httpPort,
                broker,
                prefix,
                enrolment(),
                access(),
                null,
                storage(),
                keep,
                operatorKey,
                nodeDir,
                sink == null ? null : new FleetConfig.Sink(sink, sinkConfig),
                registration,
                keepReleases,
                (long) keepSamples << 20);
        try (var fleet = Fleet.open(config)) {
            StopSignals.callAtFirst(fleet::requestStop);
            out.println("MQTT  " + fleet.brokerUrl() + (broker == null ? "" : "  (existing broker)"));
            out.println("HTTP  http://" + host() + ":" + fleet.httpPort() + "/");
            if (fleet.enrolmentPort() >= 0) {
                out.println("Enrol https://" + host() + ":" + fleet.enrolmentPort() + "/");
            }
            if (sink != null) {
                out.println("Sink  " + sink);
            }
            out.println("Token "
                    + LocalToken.file(data.directory()).toAbsolutePath().normalize()
                    + " (an administrator's; log in at the page with it)");
            out.println("Data  " + data.directory().toAbsolutePath().normalize());
            out.flush();
            ServiceManager manager = ServiceManager.of(System.getenv());
            manager.ready("takes records, page on port " + fleet.httpPort());
            fleet.await();
            manager.stopping();
        }
        out.println("stopped");
        out.flush();
        return ExitCode.OK;
    }

    /** Null for where it was before. */
    private FleetConfig.@Nullable Storage storage() {
        if (database == null) {
            if (databasePasswordFile != null) {
                throw wrong("--database-password-file needs --database");
            }
            return null;
        }
        if (database.equals("sqlite")) {
            return new FleetConfig.Storage(null);
        }
        try {
            return new FleetConfig.Storage(new PostgresSettings(new URI(database), databasePasswordFile));
        } catch (URISyntaxException e) {
            throw wrong("--database is no address: write it as postgresql://user@host:5432/name");
        } catch (FleetException e) {
            throw wrong("--database: " + e.getMessage() + "; " + e.hint());
        }
    }

    private FleetConfig.@Nullable Enrolment enrolment() {
        Path directory = data.directory();
        if (enrollPort == null && !tls && !FleetIdentity.exists(directory)) {
            return null;
        }
        int port = enrollPort == null ? FleetConfig.DEFAULT_ENROLMENT_PORT : enrollPort;
        requirePort("--enroll-port", port);
        if (certificateLife.isZero()) {
            throw new ParameterException(spec.commandLine(), "--certificate-life is nothing");
        }
        Path usual = directory.resolve("trust.json");
        return new FleetConfig.Enrolment(
                port, hosts, certificateLife, trustRoot == null && Files.exists(usual) ? usual : trustRoot);
    }

    private FleetConfig.Access access() {
        if (tls) {
            return FleetConfig.Access.PROTECTED;
        }
        boolean encrypted = broker != null && "mqtts".equals(broker.getScheme());
        boolean another = ca != null || certificate != null || username != null;
        return new FleetConfig.Access(
                false,
                encrypted && another ? new Tls(ca, certificate, privateKey) : null,
                PasswordFile.credentials(username, passwordFile));
    }

    private void requireBrokerOptions() {
        boolean forBroker = ca != null || certificate != null || privateKey != null || username != null;
        if (forBroker && broker == null) {
            throw wrong("--ca, --cert, --private-key and --username are for an existing broker: name it with --broker");
        }
        if (nodeDir != null && broker == null) {
            throw wrong("--node is for services that share a broker, too: name it with --broker");
        }
        if (tls && broker != null) {
            throw wrong("--tls protects the embedded broker, and --broker names another: choose one");
        }
        if ((certificate == null) != (privateKey == null)) {
            throw wrong("--cert and --private-key belong together");
        }
        if ((ca != null || certificate != null)
                && !"mqtts".equals(Objects.requireNonNull(broker).getScheme())) {
            throw wrong("--ca and --cert need TLS: write the broker as mqtts://" + broker.getHost() + ":8883");
        }
        if (sinkConfig != null && sink == null) {
            throw wrong("--sink-config needs --sink");
        }
        if (passwordFile != null && username == null) {
            throw wrong("--password-file needs --username");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private String host() {
        if (bindAddress.equals("0.0.0.0") || bindAddress.equals("::")) {
            return "localhost";
        }
        return bindAddress.contains(":") ? "[" + bindAddress + "]" : bindAddress;
    }

    private void requirePrefix() {
        try {
            new Topics(prefix);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--prefix: " + e.getMessage(), e);
        }
    }

    private void requirePort(String option, int port) {
        if (port < 0 || port > 65_535) {
            throw new ParameterException(
                    spec.commandLine(), option + " is " + port + ", but a port is a number from 0 to 65535");
        }
    }
}
