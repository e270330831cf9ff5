package io.fulmar.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says what is wrong with files of certificates and keys, before a connection fails for it. Immutable. */
final class PemFile {
    private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----");
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String KEY = "PRIVATE KEY";
    private static final Map<String, String> SIGNATURES =
            Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "EdDSA", "EdDSA");
    private static final byte[] ANYTHING = {1, 2, 3};

    private PemFile() {}

    /**
     * The first certificate in the file.
     *
     * @throws IOException whose message says what is wrong
     */
    static X509Certificate certificate(Path file) throws IOException {
        Map<String, String> blocks = blocks(file);
        String body = blocks.get(CERTIFICATE);
        if (body == null) {
            throw new IOException(
                    "holds no certificate" + instead(blocks) + "; expected PEM, with -----BEGIN CERTIFICATE-----");
        }
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(decoded(body)));
        } catch (CertificateException e) {
            throw new IOException("holds a certificate that is damaged", e);
        }
    }

    /**
     * The private key in the file, still encoded.
     *
     * @throws IOException whose message says what is wrong and nothing of the key
     */
    static PKCS8EncodedKeySpec key(Path file) throws IOException {
        Map<String, String> blocks = blocks(file);
        String body = blocks.get(KEY);
        if (body != null) {
            return new PKCS8EncodedKeySpec(decoded(body));
        }
        for (String label : blocks.keySet()) {
            if (label.endsWith(KEY)) {
                throw new IOException("holds an '" + label + "'; expected a '" + KEY
                        + "', which openssl pkcs8 -topk8 -nocrypt makes of it");
            }
        }
        throw new IOException(
                "holds no private key" + instead(blocks) + "; expected PEM, with -----BEGIN PRIVATE KEY-----");
    }

    /** Whether what the key signs is verified by the certificate; also true where that cannot be found out. */
    static boolean match(X509Certificate certificate, PKCS8EncodedKeySpec key) {
        PublicKey publicKey = certificate.getPublicKey();
        String algorithm = SIGNATURES.get(publicKey.getAlgorithm());
        if (algorithm == null) {
            return true;
        }
        try {
            PrivateKey privateKey =
                    KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(key);
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(privateKey);
            signature.update(ANYTHING);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(ANYTHING);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // a key of another kind, or none at all
        }
    }

    private static String instead(Map<String, String> blocks) {
        return blocks.isEmpty() ? "" : " but '" + String.join("', '", blocks.keySet()) + "'";
    }

    /** The first block of each label, up to the first that has no end. */
    private static Map<String, String> blocks(Path file) throws IOException {
        byte[] bytes = SmallFile.read(file, Limits.PEM_BYTES);
        if (bytes.length > Limits.PEM_BYTES) {
            throw new IOException("is larger than " + Units.text(Limits.PEM_BYTES));
        }
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Map<String, String> blocks = new LinkedHashMap<>();
        Matcher begin = BEGIN.matcher(text);
        int at = 0;
        while (begin.find(at)) {
            int end = text.indexOf("-----END " + begin.group(1) + "-----", begin.end());
            if (end < 0) {
                break;
            }
            blocks.putIfAbsent(begin.group(1), text.substring(begin.end(), end));
            at = end;
        }
        return blocks;
    }

    private static byte[] decoded(String body) throws IOException {
        try {
            return Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new IOException("is damaged", e);
        }
    }
}
