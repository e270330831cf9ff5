package io.fulmar.agent.identity;

import io.fulmar.agent.identity.IdentityException.Category;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Reads certificates, and judges the one that a fleet shows. Thread-safe. */
final class Chain {
    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";

    private Chain() {}

    static X509Certificate certificate(String pem) {
        byte[] der = DeviceKey.bytes("CERTIFICATE", pem);
        if (der == null) {
            throw damaged(null);
        }
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw damaged(e);
        }
    }

    private static IdentityException damaged(@Nullable Exception cause) {
        return new IdentityException(
                Category.PERMANENT,
                "what should be a certificate is none",
                "check the fleet's version and its log, or enrol again",
                cause);
    }

    /** SHA-256 over a public key, base64url: the fleet's fingerprint. */
    static String fingerprint(PublicKey key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** A certificate of a fleet other than the expected one was shown. */
    static final class WrongFleetException extends CertificateException {
        private static final long serialVersionUID = 1L;

        WrongFleetException(String message) {
            super(message);
        }
    }

    /**
     * Trusts a server that shows a certificate of the authority with that fingerprint. Dates are left out of it: a device
     * that enrols may have no clock yet, and it is the token that vouches for this fleet. The JDK checks the host name.
     */
    static final class Pinned implements X509TrustManager {
        private final String fingerprint;

        Pinned(String fingerprint) {
            this.fingerprint = fingerprint;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            for (X509Certificate authority : List.of(chain)) {
                if (MessageDigest.isEqual(
                        fingerprint(authority.getPublicKey()).getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                        fingerprint.getBytes(java.nio.charset.StandardCharsets.US_ASCII))) {
                    issuedBy(chain[0], authority);
                    return;
                }
            }
            throw new WrongFleetException("the server is not the fleet that made this token");
        }

        private static void issuedBy(X509Certificate server, X509Certificate authority) throws CertificateException {
            try {
                server.verify(authority.getPublicKey());
            } catch (GeneralSecurityException e) {
                throw new WrongFleetException("the server's certificate is not of the fleet that made this token");
            }
            List<String> purposes = server.getExtendedKeyUsage();
            if (purposes == null || !purposes.contains(SERVER_AUTHENTICATION)) {
                throw new WrongFleetException("the other side shows a certificate that is none of a server");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("this is a client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
