package io.fulmar.fleet.identity;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The TLS of the fleet's own HTTPS: it shows its certificate with the authority's, by which a device at first contact knows
 * it, and takes every certificate of that authority from clients. Whether one has run out or was withdrawn is for {@link
 * Enrolments} to judge, who can say why. Thread-safe.
 */
public final class ServerTls {
    private static final String CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
    private static final char[] NO_PASSWORD = new char[0];

    private ServerTls() {}

    /**
     * The TLS of a server.
     *
     * @param names that clients connect to
     */
    public static SSLContext context(FleetIdentity identity, Collection<String> names) {
        String pem = SafeFiles.read(identity.server(names).certificate());
        try {
            PrivateKey key = Pem.privateKey(pem);
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", key, NO_PASSWORD, new X509Certificate[] {Pem.certificate(pem), identity.ca()});
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, NO_PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), new TrustManager[] {new OfThisAuthority(identity.ca())}, null);
            return context;
        } catch (GeneralSecurityException | java.io.IOException e) {
            throw new IllegalStateException("a certificate that was just made cannot be used", e);
        }
    }

    private static final class OfThisAuthority extends X509ExtendedTrustManager {
        private final X509Certificate authority;

        OfThisAuthority(X509Certificate authority) {
            this.authority = authority;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            X509Certificate shown = chain[0];
            try {
                shown.verify(authority.getPublicKey());
            } catch (GeneralSecurityException e) {
                throw new CertificateException("not a certificate of this fleet", e);
            }
            List<String> purposes = shown.getExtendedKeyUsage();
            if (purposes == null || !purposes.contains(CLIENT_AUTHENTICATION)) {
                throw new CertificateException("not a certificate of a client");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[] {authority};
        }
    }
}
