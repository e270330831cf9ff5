package io.fulmar.cli.demo;

import io.fulmar.agent.identity.Enroller;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.identity.BrokerSettings;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.ServerNames;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real Mosquitto for the demo, set up as {@code fulmar fleet mosquitto} does it: every connection encrypted, every client with
 * a certificate of the fleet, every device with its own topics only.
 *
 * <p>Owned by one thread.
 */
final class DemoMosquitto implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration TOKEN_LIFE = Duration.ofMinutes(10);

    private final Process process;
    private final Enrolments enrolments;
    private final URI url;

    private DemoMosquitto(Process process, Enrolments enrolments, URI url) {
        this.process = process;
        this.enrolments = enrolments;
        this.url = url;
    }

    /**
     * Starts it on a free port.
     *
     * @param data the fleet's data directory
     */
    static DemoMosquitto start(Path folder, Path data) throws IOException, InterruptedException {
        Path binary = binary();
        Path files = folder.resolve("mosquitto");
        int port = freePort();
        Enrolments enrolments = Enrolments.in(data);
        BrokerSettings settings = enrolments.setUp(
                new BrokerSettings.Mosquitto(files, null, null, null, Topics.DEFAULT_PREFIX),
                ServerNames.of(List.of(), LOOPBACK),
                LOOPBACK,
                port);
        Process process = new ProcessBuilder(
                        binary.toString(), "-c", files.resolve("mosquitto.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("mosquitto.log").toFile())
                .start();
        var mosquitto =
                new DemoMosquitto(process, enrolments, settings.url() == null ? URI.create("") : settings.url());
        try {
            mosquitto.awaitListening(port);
        } catch (IOException | InterruptedException e) {
            mosquitto.close();
            throw e;
        }
        return mosquitto;
    }

    private static Path binary() {
        return Stream.of("/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new FleetException(
                        Category.PERMANENT,
                        "there is no Mosquitto on this machine",
                        "install it (Debian: apt-get install mosquitto), or leave --mosquitto out"));
    }

    private static int freePort() throws IOException {
        try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private void awaitListening(int port) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!listens(port)) {
            if (System.nanoTime() - deadline > 0 || process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new IOException("Mosquitto did not start; --keep DIR keeps mosquitto.log");
            }
        }
    }

    private static boolean listens(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** As the fleet reaches it. */
    URI url() {
        return url;
    }

    /**
     * Has a device enrol as a real one does: a token of the fleet, and its certificate over HTTPS.
     *
     * @param enrolmentPort where the fleet takes enrolments
     * @param config the device's own configuration file
     * @param relayPort where the device is to reach the broker
     */
    void enrol(String device, int enrolmentPort, Path config, Path state, int relayPort) {
        String token = enrolments.invite(device, Set.of("presses"), TOKEN_LIFE).token();
        new Enroller(config, state, null)
                .enrol(
                        URI.create("https://localhost:" + enrolmentPort),
                        token,
                        URI.create("mqtts://" + LOOPBACK + ":" + relayPort),
                        false);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
