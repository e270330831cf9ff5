package io.fulmar.sync.mqtt;

import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The one certificate that a client has, shown to whoever asks for one: a broker that does not like it says why, while one
 * that is shown none can only say that it wants one.
 *
 * <p>Immutable.
 */
final class ClientIdentity extends X509ExtendedKeyManager {
    private static final String NAME = "client";

    private final List<X509Certificate> chain;
    private final PrivateKey key;

    private ClientIdentity(List<X509Certificate> chain, PrivateKey key) {
        this.chain = chain;
        this.key = key;
    }

    /** Reads both files, and fails with a {@link LinkException} if they cannot be used together. */
    static ClientIdentity read(Path certificate, Path key) {
        var identity = new ClientIdentity(Pem.certificates(certificate), Pem.privateKey(key));
        if (!identity.keyFits()) {
            throw new LinkException(
                    LinkException.Category.PERMANENT,
                    key + ": this key does not belong to the certificate " + certificate,
                    "put the two that were made together in place; the client's own certificate comes first in its file");
        }
        return identity;
    }

    X509Certificate certificate() {
        return chain.getFirst();
    }

    private boolean keyFits() {
        byte[] probe = {1, 2, 3};
        PublicKey shown = certificate().getPublicKey();
        try {
            String algorithm = algorithm(key.getAlgorithm());
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(probe);
            byte[] signature = signing.sign();
            Signature checking = Signature.getInstance(algorithm);
            checking.initVerify(shown);
            checking.update(probe);
            return checking.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // another kind of key than the certificate's
        }
    }

    private static String algorithm(String key) {
        return switch (key) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> key;
        };
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        String own = certificate().getPublicKey().getAlgorithm();
        return Arrays.asList(types).contains(own) ? NAME : null;
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {NAME};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return chain.toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return key;
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
