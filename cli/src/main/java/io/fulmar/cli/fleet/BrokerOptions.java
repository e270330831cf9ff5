package io.fulmar.cli.fleet;

import io.fulmar.cli.PasswordFile;
import io.fulmar.fleet.FleetClient;
import io.fulmar.fleet.ServiceFile;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.identity.FleetIdentity;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Topics;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How to reach the broker of a fleet: that of the service that runs on the data directory, unless another one is named.
 * Owned by the main thread.
 */
final class BrokerOptions {
    @Mixin
    DataOption data = new DataOption();

    @Option(
            names = "--broker",
            paramLabel = "URL",
            converter = BrokerUrl.class,
            description = "The broker; default: that of the fleet service which runs on the data directory.")
    @Nullable
    URI broker;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "PEM file with the authority of the broker's certificate.")
    @Nullable
    Path ca;

    @Option(names = "--cert", paramLabel = "FILE", description = "PEM file with your certificate for the broker.")
    @Nullable
    Path certificate;

    @Option(names = "--private-key", paramLabel = "FILE", description = "PEM file with its private key.")
    @Nullable
    Path privateKey;

    @Option(names = "--username", paramLabel = "NAME", description = "Your user name, at a broker that asks for one.")
    @Nullable
    String username;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "File whose first line is the password, readable by its owner only.")
    @Nullable
    Path passwordFile;

    @Option(
            names = "--prefix",
            paramLabel = "P",
            description =
                    "What all topics begin with; default: as the service says, else " + Topics.DEFAULT_PREFIX + ".")
    @Nullable
    String prefix;

    private @Nullable ServiceFile service;

    /** Whether a broker, or how to get in there, was named. */
    boolean named() {
        return broker != null
                || ca != null
                || certificate != null
                || privateKey != null
                || username != null
                || passwordFile != null
                || prefix != null;
    }

    /** Finds the service, where one is needed. */
    void resolve() {
        service = ServiceFile.read(data.directory());
        if (broker == null && service == null) {
            throw new FleetException(
                    Category.PERMANENT,
                    "no fleet service is running on " + data.directory(),
                    "start it with 'fulmar fleet serve --data " + data.directory()
                            + "', or name a broker with --broker mqtt://host:1883");
        }
    }

    /** Whether a fleet service listens at that broker, so that what is sent there is kept and sent again. */
    boolean isServed() {
        return service != null && (broker == null || broker.equals(service.broker()));
    }

    /** Whether there is a database to ask about devices. */
    boolean hasDatabase() {
        return Database.in(data.directory()).exists();
    }

    Topics topics() {
        if (prefix != null) {
            return new Topics(prefix);
        }
        return new Topics(service == null ? Topics.DEFAULT_PREFIX : service.prefix());
    }

    FleetClient connect(List<String> filters, Consumer<InboundMessage> listener) {
        URI url = broker == null ? Objects.requireNonNull(service).broker() : broker;
        return FleetClient.connect(url, tls(url), PasswordFile.credentials(username, passwordFile), filters, listener);
    }

    /** Files that are named, else the certificate of the operator on the fleet's own machine, where there is one. */
    private @Nullable Tls tls(URI url) {
        if (!"mqtts".equals(url.getScheme())) {
            return null;
        }
        if (ca != null || certificate != null || privateKey != null) {
            return new Tls(ca, certificate, privateKey);
        }
        if (username != null || !FleetIdentity.exists(data.directory())) {
            return Tls.OF_THIS_MACHINE;
        }
        FleetIdentity.Credential own =
                FleetIdentity.open(data.directory(), InstantSource.system()).operator(FleetIdentity.LOCAL);
        return new Tls(own.ca(), own.certificate(), own.key());
    }
}
