package io.fulmar.sync.mqtt;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Puts TLS over a connection: reads the files, shakes hands, and says in words what went wrong.
 *
 * <p>Thread-safe.
 */
final class Encryption {
    /** The better one first; nothing older is spoken. */
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private final LinkConfig config;
    private final Tls tls;
    private final AtomicReference<@Nullable Attempt> last = new AtomicReference<>();

    /** What one handshake is made with. Immutable. */
    private record Attempt(BrokerTrust trust, @Nullable ClientIdentity identity, Instant clock) {}

    private Encryption(LinkConfig config, Tls tls) {
        this.config = config;
        this.tls = tls;
    }

    /** Null for a connection that is not to be encrypted. */
    static @Nullable Encryption of(LinkConfig config) {
        Tls tls = config.tls();
        return tls == null ? null : new Encryption(config, tls);
    }

    /** Encrypts a connection; fails with a {@link LinkException} if the files cannot be used. */
    SSLSocket over(Socket tcp) throws IOException {
        try {
            Attempt attempt = read();
            last.set(attempt);
            ClientIdentity identity = attempt.identity();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    identity == null ? null : new KeyManager[] {identity}, new TrustManager[] {attempt.trust()}, null);
            SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket(tcp, config.host(), config.port(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(PROTOCOLS);
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be used: " + e.getMessage(), e);
        }
    }

    private Attempt read() throws GeneralSecurityException {
        Path ca = tls.ca();
        List<X509Certificate> authorities = ca == null ? null : Pem.certificates(ca);
        Path certificate = tls.certificate();
        ClientIdentity identity = certificate == null
                ? null
                : ClientIdentity.read(certificate, Objects.requireNonNull(tls.key(), "both or none"));
        Instant clock = config.clock().instant();
        Stream<X509Certificate> held = Stream.concat(
                authorities == null ? Stream.of() : authorities.stream(),
                identity == null ? Stream.of() : Stream.of(identity.certificate()));
        return new Attempt(new BrokerTrust(authorities, clock, held), identity, clock);
    }

    /** What the broker showed in the last handshake. */
    List<X509Certificate> shown() {
        Attempt attempt = last.get();
        return attempt == null ? List.of() : attempt.trust().shown();
    }

    /** What a failure of the handshake, or an alert after it, means. */
    Loss loss(IOException failure) {
        Attempt attempt = last.get();
        return new TlsFailure(
                        config,
                        attempt == null ? List.of() : attempt.trust().shown(),
                        attempt == null || attempt.identity() == null
                                ? null
                                : attempt.identity().certificate(),
                        attempt == null ? config.clock().instant() : attempt.clock())
                .explain(failure);
    }
}
