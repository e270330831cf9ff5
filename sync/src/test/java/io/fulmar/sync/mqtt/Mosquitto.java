package io.fulmar.sync.mqtt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real Mosquitto on a free port of the loopback interface, without persistence: each start begins with nothing.
 *
 * <p>Owned by the test that made it.
 */
public final class Mosquitto implements AutoCloseable {
    private final Path config;
    private final String scheme;
    private final int port;
    private @Nullable Process process;

    private Mosquitto(Path config, String scheme, int port) {
        this.config = config;
        this.scheme = scheme;
        this.port = port;
    }

    /** Where the binary is, or null if it is not installed. */
    public static @Nullable Path binary() {
        return Stream.of("/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    /** Starts a broker whose files are in {@code dir}; further lines go into its configuration. */
    public static Mosquitto start(Path dir, String... lines) {
        return start(dir, "mqtt", Stream.concat(Stream.of("allow_anonymous true"), Stream.of(lines)));
    }

    /** Starts a plain broker that lets in only those in a file made by {@code mosquitto_passwd}. */
    public static Mosquitto startWithPasswords(Path dir, Path passwords) {
        return start(dir, "mqtt", Stream.of("allow_anonymous false", "password_file " + passwords));
    }

    /**
     * Starts a broker that speaks TLS only, with a certificate of {@code ca} for {@code localhost} and its addresses, and
     * asks clients for one. Their common name is the user name. Further lines go into the configuration: {@code crlfile},
     * {@code acl_file}, {@code password_file}.
     */
    public static Mosquitto startEncrypted(Path dir, TestCa ca, String... lines) {
        return startEncrypted(dir, ca, ca.server("localhost"), lines);
    }

    /** The same with another certificate than the usual. */
    public static Mosquitto startEncrypted(Path dir, TestCa ca, TestCa.Issued server, String... lines) {
        Stream<String> tls = Stream.of(
                "cafile " + ca.certificate(),
                "certfile " + server.certificate(),
                "keyfile " + server.key(),
                "require_certificate true",
                "use_identity_as_username true");
        return start(dir, "mqtts", Stream.concat(tls, Stream.of(lines)));
    }

    private static Mosquitto start(Path dir, String scheme, Stream<String> lines) {
        try {
            int port = freePort();
            List<String> text =
                    new ArrayList<>(List.of("listener " + port + " 127.0.0.1", "persistence false", "user root"));
            text.addAll(lines.toList());
            Mosquitto mosquitto = new Mosquitto(Files.write(dir.resolve("mosquitto.conf"), text), scheme, port);
            mosquitto.start();
            return mosquitto;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes it read its access list, passwords and revoked certificates again; clients stay connected. */
    public void reload() {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("mosquitto does not run");
        }
        try {
            await(new ProcessBuilder("kill", "-HUP", Long.toString(running.pid())).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it wrote so far. */
    public String log() {
        try {
            return Files.readString(config.resolveSibling("mosquitto.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    public URI url() {
        return URI.create(scheme + "://127.0.0.1:" + port);
    }

    public int port() {
        return port;
    }

    /** Starts it, again if it was killed, and waits until it takes connections. */
    public void start() {
        Path binary = binary();
        if (binary == null) {
            throw new IllegalStateException("mosquitto is not installed");
        }
        try {
            process = new ProcessBuilder(binary.toString(), "-c", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(config.resolveSibling("mosquitto.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!listens()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("mosquitto does not listen on port " + port);
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends it with SIGKILL: what it held is gone. */
    public void kill() {
        Process running = process;
        if (running != null) {
            process = null;
            running.destroyForcibly();
            await(running);
        }
    }

    @Override
    public void close() {
        kill();
    }

    private static void await(Process running) {
        try {
            if (!running.waitFor(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("mosquitto does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while mosquitto ends", e);
        }
    }
}
