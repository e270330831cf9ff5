package io.fulmar.fleet.identity;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bytes between {@code -----BEGIN} and {@code -----END}, as every other program reads and writes them. Thread-safe. */
final class Pem {
    static final String CERTIFICATE = "CERTIFICATE";
    static final String PRIVATE_KEY = "PRIVATE KEY";
    static final String REQUEST = "CERTIFICATE REQUEST";
    static final String CRL = "X509 CRL";

    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Pem() {}

    static String text(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /** The bytes of the first block of that label. */
    static byte[] bytes(String label, String text) throws GeneralSecurityException {
        Matcher block = Pattern.compile("-----BEGIN " + label + "-----([A-Za-z0-9+/=\\s]+)-----END " + label + "-----")
                .matcher(text);
        if (!block.find()) {
            throw new GeneralSecurityException("there is no '-----BEGIN " + label + "-----' block");
        }
        try {
            return Base64.getMimeDecoder().decode(block.group(1));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("the block '" + label + "' is not base64", e);
        }
    }

    static X509Certificate certificate(byte[] der) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    static X509Certificate certificate(String text) throws GeneralSecurityException {
        return certificate(bytes(CERTIFICATE, text));
    }

    static PrivateKey privateKey(String text) throws GeneralSecurityException {
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(bytes(PRIVATE_KEY, text)));
    }

    static String text(X509Certificate certificate) throws GeneralSecurityException {
        return text(CERTIFICATE, certificate.getEncoded());
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
