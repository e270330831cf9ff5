package io.fulmar.cli.identity;

import io.fulmar.agent.identity.Enroller;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.identity.BrokerSettings;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.FleetIdentity;
import io.fulmar.fleet.identity.ServerNames;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A fleet on a real Mosquitto with the files that {@code fulmar fleet mosquitto} writes, and devices that enrol over HTTPS.
 *
 * <p>Owned by the test that made it.
 */
final class SecuredFleet implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final Path dir;
    private final Enrolments enrolments;
    private final URI url;
    private final Process mosquitto;
    private final Fleet fleet;

    SecuredFleet(Path dir) {
        this.dir = dir;
        this.enrolments = Enrolments.in(data());
        int port = freePort();
        BrokerSettings settings = enrolments.setUp(
                new BrokerSettings.Mosquitto(dir.resolve("mosquitto"), null, null, null, Topics.DEFAULT_PREFIX),
                ServerNames.of(List.of(), LOOPBACK),
                LOOPBACK,
                port);
        this.url = Objects.requireNonNull(settings.url());
        this.mosquitto = start(port);
        this.fleet = Fleet.open(FleetConfig.inDirectory(data()).broker(url).enrolment(FleetConfig.Enrolment.on(0)));
    }

    private Process start(int port) {
        try {
            Process process = new ProcessBuilder(
                            Objects.requireNonNull(Mosquitto.binary()).toString(),
                            "-v",
                            "-c",
                            dir.resolve("mosquitto").resolve("mosquitto.conf").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(dir.resolve("mosquitto.log").toFile())
                    .start();
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (!listens(port)) {
                if (System.nanoTime() - deadline > 0 || process.waitFor(10, TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException(
                            "mosquitto did not start: " + Files.readString(dir.resolve("mosquitto.log")));
                }
            }
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static boolean listens(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() {
        try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path data() {
        return dir.resolve("fleet");
    }

    URI broker() {
        return url;
    }

    Enrolments enrolments() {
        return enrolments;
    }

    Fleet fleet() {
        return fleet;
    }

    /** A device enrols, again if it has before. Returns what it connects with. */
    Tls enrol(String device, String... groups) {
        Path home = dir.resolve(device);
        String token =
                enrolments.invite(device, Set.of(groups), Duration.ofHours(1)).token();
        new Enroller(home.resolve("device.toml"), home.resolve("state"), null)
                .enrol(URI.create("https://localhost:" + fleet.enrolmentPort()), token, null, true);
        Path identity = home.resolve("state").resolve("identity");
        return new Tls(identity.resolve("ca.pem"), identity.resolve("cert.pem"), identity.resolve("key.pem"));
    }

    /** What a part of the fleet connects with. */
    Tls service(String name) {
        return tls(enrolments.identity().service(name));
    }

    /** What an operator connects with. */
    Tls operator(String name) {
        return tls(enrolments.identity().operator(name));
    }

    private static Tls tls(FleetIdentity.Credential credential) {
        return new Tls(credential.ca(), credential.certificate(), credential.key());
    }

    /** Lets the operator of that name do everything, so that a test sees what the broker let through. */
    void letSeeAll(String operator) {
        try {
            Files.writeString(
                    dir.resolve("mosquitto").resolve("acl"),
                    "\nuser operator:" + operator + "\ntopic readwrite #\n",
                    StandardOpenOption.APPEND);
            new ProcessBuilder("kill", "-HUP", Long.toString(mosquitto.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        fleet.close();
        mosquitto.destroyForcibly().onExit().join();
    }
}
