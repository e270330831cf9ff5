package io.fulmar.agent.identity;

import io.fulmar.agent.identity.IdentityException.Category;
import io.fulmar.sync.wire.EnrolmentAnswer;
import io.fulmar.sync.wire.EnrolmentCodec;
import io.fulmar.sync.wire.EnrolmentRequest;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Asks a fleet for certificates over HTTPS; only the fleet with the expected fingerprint is asked. Immutable. */
final class FleetEndpoint {
    private static final char[] NO_PASSWORD = new char[0];

    private final URI fleet;
    private final String fingerprint;
    private final KeyManager @Nullable [] keys;

    private FleetEndpoint(URI fleet, String fingerprint, KeyManager @Nullable [] keys) {
        this.fleet = fleet;
        this.fingerprint = fingerprint;
        this.keys = keys;
    }

    /** For a device that has no certificate yet. */
    static FleetEndpoint of(URI fleet, String fingerprint) {
        return new FleetEndpoint(fleet, fingerprint, null);
    }

    /** For one that has, and shows it. */
    FleetEndpoint showing(X509Certificate certificate, DeviceKey key) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("device", key.privateKey(), NO_PASSWORD, new X509Certificate[] {certificate});
            // not the default, which would keep back a certificate that has run out by this device's clock
            KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
            factory.init(store, NO_PASSWORD);
            return new FleetEndpoint(fleet, fingerprint, factory.getKeyManagers());
        } catch (GeneralSecurityException | IOException e) {
            throw new IdentityException(
                    Category.PERMANENT,
                    "the device's own certificate cannot be used: " + e.getMessage(),
                    "enrol again",
                    e);
        }
    }

    EnrolmentAnswer enrol(String token, String request) {
        return post(EnrolmentCodec.ENROL_PATH, new EnrolmentRequest(token, request));
    }

    EnrolmentAnswer renew(String request) {
        return post(EnrolmentCodec.RENEW_PATH, new EnrolmentRequest(null, request));
    }

    private EnrolmentAnswer post(String path, EnrolmentRequest request) {
        try {
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(keys, new TrustManager[] {new Chain.Pinned(fingerprint)}, null);
            var connection = (HttpsURLConnection) fleet.resolve(path).toURL().openConnection();
            connection.setSSLSocketFactory(tls.getSocketFactory());
            connection.setConnectTimeout((int) Limits.ANSWER_WITHIN.toMillis());
            connection.setReadTimeout((int) Limits.ANSWER_WITHIN.toMillis());
            connection.setInstanceFollowRedirects(false);
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setRequestProperty("Connection", "close");
            connection.setDoOutput(true);
            byte[] body = EnrolmentCodec.encode(request);
            connection.setFixedLengthStreamingMode(body.length);
            try {
                connection.getOutputStream().write(body);
                return EnrolmentCodec.decodeAnswer(answer(connection));
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            throw failed(e);
        } catch (WireException e) {
            throw new IdentityException(
                    Category.PERMANENT,
                    fleet + " answers, but not as a Fulmar fleet: " + e.getMessage(),
                    "check host and port; 'fulmar fleet serve' says where it takes enrolments",
                    e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform speaks TLS", e);
        }
    }

    private static byte[] answer(HttpsURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            if (in == null) {
                throw new WireException("status " + status + " and nothing else");
            }
            byte[] bytes = in.readNBytes(Limits.ANSWER_BYTES + 1);
            if (bytes.length > Limits.ANSWER_BYTES) {
                throw new WireException("the answer is too long");
            }
            return bytes;
        }
    }

    private IdentityException failed(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof Chain.WrongFleetException) {
                return new IdentityException(
                        Category.PERMANENT,
                        fleet + " is another fleet: " + cause.getMessage(),
                        "check the address; the token works only with the fleet that made it",
                        e);
            }
        }
        return switch (e) {
            case UnknownHostException it ->
                new IdentityException(
                        Category.TRANSIENT,
                        "the host " + fleet.getHost() + " is not known",
                        "check the name and the device's name server",
                        e);
            case ConnectException it ->
                new IdentityException(
                        Category.TRANSIENT,
                        "nothing takes connections at " + fleet.getAuthority(),
                        "check host and port, and that the fleet runs with --enroll-port",
                        e);
            case NoRouteToHostException it ->
                new IdentityException(
                        Category.TRANSIENT, "there is no route to " + fleet.getAuthority(), "check the network", e);
            case SocketTimeoutException it ->
                new IdentityException(
                        Category.TRANSIENT,
                        fleet.getAuthority() + " did not answer within " + Limits.ANSWER_WITHIN.toSeconds() + " s",
                        "check address, network and firewall, then try again",
                        e);
            case SSLException it -> tls(it);
            default ->
                new IdentityException(
                        Category.TRANSIENT,
                        "the connection to " + fleet.getAuthority() + " broke: " + e.getMessage(),
                        "try again",
                        e);
        };
    }

    private IdentityException tls(SSLException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String said = String.valueOf(cause.getMessage());
            if (cause instanceof CertificateException
                    && (said.contains("subject alternative") || said.contains("No name matching"))) {
                return new IdentityException(
                        Category.PERMANENT,
                        "the fleet is the right one, but its certificate is not for the name " + fleet.getHost(),
                        "use a name that it has, or start 'fulmar fleet serve' with --host " + fleet.getHost(),
                        e);
            }
        }
        return new IdentityException(
                Category.TRANSIENT,
                "no encrypted connection to " + fleet.getAuthority() + ": " + e.getMessage(),
                "check that this is the port of enrolments, not that of the page",
                e);
    }
}
