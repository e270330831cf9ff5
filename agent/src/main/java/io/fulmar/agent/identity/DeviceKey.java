package io.fulmar.agent.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A device's own key, ECDSA P-256, and the request that proves that the device holds it. Immutable. */
final class DeviceKey {
    private static final String PRIVATE = "PRIVATE KEY";
    private static final String PUBLIC = "PUBLIC KEY";

    private final PrivateKey privateKey;
    private final PublicKey publicKey;

    private DeviceKey(PrivateKey privateKey, PublicKey publicKey) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
    }

    static DeviceKey make() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), new SecureRandom());
            KeyPair pair = generator.generateKeyPair();
            return new DeviceKey(pair.getPrivate(), pair.getPublic());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has P-256", e);
        }
    }

    /** Reads what {@link #pem} wrote; null when that is not whole. */
    static @Nullable DeviceKey read(String pem) {
        byte[] secret = bytes(PRIVATE, pem);
        byte[] open = bytes(PUBLIC, pem);
        if (secret == null || open == null) {
            return null;
        }
        try {
            KeyFactory factory = KeyFactory.getInstance("EC");
            return new DeviceKey(
                    factory.generatePrivate(new PKCS8EncodedKeySpec(secret)),
                    factory.generatePublic(new X509EncodedKeySpec(open)));
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    /** Both halves; the secret one comes first and is what other programs read. */
    String pem() {
        return text(PRIVATE, privateKey.getEncoded()) + text(PUBLIC, publicKey.getEncoded());
    }

    /** A PKCS #10 request of that name, signed with this key, as PEM. */
    String request(String commonName) {
        byte[] name = Der.sequence(Der.set(Der.sequence(Der.object(2, 5, 4, 3), Der.text(commonName))));
        byte[] information = Der.sequence(Der.zero(), name, publicKey.getEncoded(), Der.noAttributes());
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(privateKey);
            signature.update(information);
            return text(
                    "CERTIFICATE REQUEST",
                    Der.sequence(
                            information,
                            Der.sequence(Der.object(1, 2, 840, 10045, 4, 3, 2)),
                            Der.bits(signature.sign())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform signs with P-256", e);
        }
    }

    PrivateKey privateKey() {
        return privateKey;
    }

    /** Whether that is the other half. */
    boolean belongsTo(PublicKey other) {
        return publicKey.equals(other);
    }

    static String text(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    static byte @Nullable [] bytes(String label, String pem) {
        Matcher block = Pattern.compile("-----BEGIN " + label + "-----([A-Za-z0-9+/=\\s]+)-----END " + label + "-----")
                .matcher(pem);
        if (!block.find()) {
            return null;
        }
        try {
            return Base64.getMimeDecoder().decode(block.group(1).getBytes(StandardCharsets.US_ASCII));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
