package io.fulmar.fleet.identity;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Ends the connection that a revoked device still has: a Mosquitto that reads its revocation list again refuses new
 * connections but keeps old ones. So the fleet connects once under the device's name, with a certificate that it makes for
 * this and forgets, and the broker gives up the older connection, as MQTT wants it. Thread-safe.
 */
final class Eviction {
    private static final Duration LIFE = Duration.ofMinutes(10);
    private static final int TIMEOUT_MILLIS = 3_000;
    private static final char[] NO_PASSWORD = new char[0];
    private static final byte[] DISCONNECT = {(byte) 0xE0, 0};

    private Eviction() {}

    static void evict(FleetIdentity identity, URI broker, String device) {
        try (var socket =
                (SSLSocket) context(identity, device).getSocketFactory().createSocket()) {
            int port = broker.getPort() < 0 ? 8883 : broker.getPort();
            socket.connect(new InetSocketAddress(broker.getHost(), port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write(connect(device));
            socket.getOutputStream().flush();
            if (socket.getInputStream().read() < 0) { // the first byte of the CONNACK: by then the other one is out
                throw new IOException("the broker closed the connection");
            }
            socket.getOutputStream().write(DISCONNECT);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "the connection that " + device + " may still have at " + broker + " could not be ended: "
                            + e.getMessage(),
                    "it can neither publish nor receive any more, and cannot connect again; restart the broker to end it",
                    e);
        }
    }

    private static SSLContext context(FleetIdentity identity, String device) {
        try {
            KeyPair key = Certificates.newKey();
            X509Certificate certificate = identity.device(device, key.getPublic(), LIFE);
            KeyStore own = empty();
            own.setKeyEntry("device", key.getPrivate(), NO_PASSWORD, new X509Certificate[] {certificate});
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(own, NO_PASSWORD);
            KeyStore trusted = empty();
            trusted.setCertificateEntry("fleet", identity.ca());
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("a certificate that was just made cannot be used", e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** MQTT 5, clean start, ten seconds of keep-alive, no will. */
    private static byte[] connect(String clientId) throws IOException {
        byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
        var packet = new ByteArrayOutputStream();
        var out = new DataOutputStream(packet);
        out.writeByte(0x10);
        out.writeByte(10 + 1 + 2 + id.length); // a device id has at most 64 characters, so this is one byte
        out.writeUTF("MQTT");
        for (int each : List.of(5, 0x02, 0, 10, 0)) {
            out.writeByte(each);
        }
        out.writeShort(id.length);
        out.write(id);
        return packet.toByteArray();
    }
}
