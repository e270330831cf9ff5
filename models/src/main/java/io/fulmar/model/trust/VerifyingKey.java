package io.fulmar.model.trust;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 public key, named by the SHA-256 of its SubjectPublicKeyInfo. One key has exactly one id: only the one DER
 * encoding of RFC 8410 is taken. Immutable.
 */
public final class VerifyingKey {
    /** Bytes of every Ed25519 signature. */
    public static final int SIGNATURE_BYTES = 64;

    static final String PEM_LABEL = "PUBLIC KEY";

    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");
    private static final byte[] SPKI_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");
    private static final int SPKI_BYTES = SPKI_HEAD.length + 32;

    private final byte[] spki;
    private final PublicKey key;
    private final String id;

    private VerifyingKey(byte[] spki, PublicKey key) {
        this.spki = spki;
        this.key = key;
        this.id = idOf(spki);
    }

    /** The key in these bytes; a {@link TrustException} says that they are no Ed25519 public key. */
    public static VerifyingKey ofSpki(byte[] spki) {
        if (spki.length != SPKI_BYTES || !Arrays.equals(SPKI_HEAD, Arrays.copyOf(spki, SPKI_HEAD.length))) {
            throw notAKey(null);
        }
        try {
            byte[] own = spki.clone();
            return new VerifyingKey(own, KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(own)));
        } catch (GeneralSecurityException e) {
            throw notAKey(e);
        }
    }

    /** Reads {@code -----BEGIN PUBLIC KEY-----}, as {@code openssl pkey -pubout} writes it. */
    public static VerifyingKey ofPem(String pem) {
        return ofSpki(Pem.decode("the public key", PEM_LABEL, pem));
    }

    /** Reads a PEM file with a public key. */
    public static VerifyingKey read(Path file) {
        return ofSpki(Pem.decode(file.toString(), PEM_LABEL, KeyFiles.text(file, Limits.KEY_FILE_BYTES)));
    }

    private static TrustException notAKey(@Nullable Throwable cause) {
        return new TrustException(
                TrustException.Category.PERMANENT,
                "not an Ed25519 public key",
                "make a pair with: fulmar fleet key new FILE",
                cause);
    }

    /** Writes a PEM file that everybody may read; never over an existing one. */
    public void write(Path file) {
        KeyFiles.writePublic(file, pem().getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether a text has the form of an id. */
    public static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** SHA-256 of the SubjectPublicKeyInfo in 64 lower-case hex digits. */
    public String id() {
        return id;
    }

    public String pem() {
        return Pem.encode(PEM_LABEL, spki);
    }

    /** Whether the owner of this key signed exactly these bytes. */
    public boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update(message);
            return signature.length == SIGNATURE_BYTES && verifier.verify(signature);
        } catch (SignatureException e) {
            return false; // the bytes are no signature at all
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no Ed25519", e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof VerifyingKey that && id.equals(that.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return id;
    }

    private static String idOf(byte[] spki) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(spki));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no SHA-256", e);
        }
    }
}
