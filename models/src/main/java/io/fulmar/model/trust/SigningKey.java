package io.fulmar.model.trust;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 key pair. Its file is PKCS#8 in PEM, as {@code openssl genpkey -algorithm ed25519} writes it, and only its
 * owner may read it. Immutable.
 */
public final class SigningKey {
    static final String PEM_LABEL = "PRIVATE KEY";

    private final PrivateKey key;
    private final VerifyingKey verifyingKey;

    private SigningKey(KeyPair pair) {
        this.key = pair.getPrivate();
        this.verifyingKey = VerifyingKey.ofSpki(pair.getPublic().getEncoded());
    }

    /** A new pair. */
    public static SigningKey generate() {
        return new SigningKey(pair(new SecureRandom()));
    }

    /** Reads a key; a file that others than its owner can read is refused. */
    public static SigningKey read(Path file) {
        KeyFiles.requireOwnerAlone(file);
        return ofPem(file.toString(), KeyFiles.text(file, Limits.KEY_FILE_BYTES));
    }

    /**
     * Reads a PEM text.
     *
     * @param what names it in error messages
     */
    public static SigningKey ofPem(String what, String pem) {
        byte[] pkcs8 = Pem.decode(what, PEM_LABEL, pem);
        try {
            // asked for by its general name, so that another kind of key gets our message
            PrivateKey key = KeyFactory.getInstance("EdDSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            if (key instanceof EdECPrivateKey edwards
                    && edwards.getParams().getName().equals(NamedParameterSpec.ED25519.getName())) {
                // the public half is a function of the private one, but Java only shows it to whoever makes a pair
                return new SigningKey(pair(new Seed(edwards.getBytes().orElseThrow())));
            }
            throw notAKey(what, null);
        } catch (GeneralSecurityException e) {
            throw notAKey(what, e);
        }
    }

    private static TrustException notAKey(String what, @Nullable Throwable cause) {
        return new TrustException(
                TrustException.Category.PERMANENT,
                what + " is not an Ed25519 private key",
                "make one with: fulmar fleet key new FILE",
                cause);
    }

    /** Writes the private key to a new file that only its owner can read; never over an existing one. */
    public void write(Path file) {
        KeyFiles.writeSecret(file, Pem.encode(PEM_LABEL, key.getEncoded()));
    }

    public VerifyingKey verifyingKey() {
        return verifyingKey;
    }

    /** Signs exactly these bytes. */
    public byte[] sign(byte[] message) {
        try {
            Signature signer = Signature.getInstance("Ed25519");
            signer.initSign(key);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no Ed25519", e);
        }
    }

    /** Names the key and never shows it. */
    @Override
    public String toString() {
        return "SigningKey " + verifyingKey.id();
    }

    private static KeyPair pair(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no Ed25519", e);
        }
    }

    /** Gives out the private key that is known already, where a generator asks for a new one. */
    private static final class Seed extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final byte[] bytes;

        Seed(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public void nextBytes(byte[] target) {
            if (target.length != bytes.length) {
                throw new IllegalStateException("This Java makes Ed25519 keys in another way");
            }
            System.arraycopy(bytes, 0, target, 0, bytes.length);
        }
    }
}
