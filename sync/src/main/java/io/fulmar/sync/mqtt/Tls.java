package io.fulmar.sync.mqtt;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How an encrypted connection is made. The files are PEM and are read again at every connect, so that a renewed certificate
 * is used without a restart.
 *
 * @param ca certificates of the authorities that may vouch for the broker; null for those that this machine trusts
 * @param certificate this client's certificate, followed by those between it and the authority; null for none
 * @param key the private key of the certificate, PKCS#8 and not encrypted
 *     <p>Immutable.
 */
public record Tls(
        @Nullable Path ca,
        @Nullable Path certificate,
        @Nullable Path key) {
    /** Trusts whom this machine trusts, and shows no certificate. */
    public static final Tls OF_THIS_MACHINE = new Tls(null, null, null);

    public Tls {
        if ((certificate == null) != (key == null)) {
            throw new LinkException(
                    LinkException.Category.PERMANENT,
                    certificate == null
                            ? "a private key without its certificate: " + key
                            : "a certificate without its private key: " + certificate,
                    "name both files, or neither");
        }
    }
}
