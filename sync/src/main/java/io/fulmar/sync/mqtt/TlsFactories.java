package io.fulmar.sync.mqtt;

import io.fulmar.sync.mqtt.LinkException.Category;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The same PEM files for MQTT clients that want the factories of the platform. What cannot be used is a {@link LinkException}.
 * Thread-safe.
 */
public final class TlsFactories {
    private static final char[] NO_PASSWORD = {};

    private TlsFactories() {}

    /** Who may vouch for the broker. */
    public static TrustManagerFactory trust(Tls tls) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            Path file = tls.ca();
            if (file == null) {
                factory.init((KeyStore) null);
                return factory;
            }
            KeyStore store = empty();
            for (X509Certificate authority : Pem.certificates(file)) {
                store.setCertificateEntry("ca-" + store.size(), authority);
            }
            factory.init(store);
            return factory;
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(e);
        }
    }

    /** What this client shows; null where it has nothing to show. */
    public static @Nullable KeyManagerFactory identity(Tls tls) {
        Path certificate = tls.certificate();
        if (certificate == null) {
            return null;
        }
        Path key = Objects.requireNonNull(tls.key(), "both or none");
        ClientIdentity.read(certificate, key); // says what does not fit
        try {
            KeyStore store = empty();
            List<X509Certificate> chain = Pem.certificates(certificate);
            store.setKeyEntry("client", Pem.privateKey(key), NO_PASSWORD, chain.toArray(Certificate[]::new));
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            return factory;
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static LinkException unusable(Exception e) {
        return new LinkException(
                Category.PERMANENT, "TLS cannot be used: " + e.getMessage(), "look at the files that are named", e);
    }
}
