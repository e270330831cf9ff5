package io.fulmar.config;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import org.jspecify.annotations.Nullable;

/** Turns the table {@code tls} of a broker into a record, and looks into the files. Owned by the one load that builds it. */
final class TlsBinder {
    private final Secrets secrets;

    TlsBinder(Secrets secrets) {
        this.secrets = secrets;
    }

    /** @param state the device's own folder: what is in there it wrote itself */
    @Nullable
    TlsSettings settings(TableReader mqtt, URI url, Path state) {
        boolean given = mqtt.has("tls");
        boolean encrypted = "mqtts".equals(url.getScheme());
        TableReader table = mqtt.table("tls");
        Path ca = path(table, "ca");
        Path certificate = path(table, "cert");
        Path key = path(table, "key");
        if (encrypted && !table.has("ca")) {
            table.problem(
                    "ca",
                    "is missing; mqtts:// needs the PEM file of whoever signs for the broker, or where that is one whom"
                            + " browsers know, /etc/ssl/certs/ca-certificates.crt");
        }
        if (!encrypted && given) {
            mqtt.problem(
                    "url", "is not encrypted although there is a table tls; write mqtts://, or leave that table out");
        }
        Binder.together(table, "cert", "key");
        if (ca != null) {
            certificate(table, "ca", ca);
        }
        X509Certificate own = certificate == null ? null : certificate(table, "cert", certificate);
        PKCS8EncodedKeySpec ownKey = key == null ? null : key(table, key);
        // Cut off while it renews its certificate, a device may find an old one beside a new key: it must start even
        // so.
        boolean managed = key != null && key.startsWith(state);
        if (own != null && ownKey != null && !managed && !PemFile.match(own, ownKey)) {
            table.problem("key", "is not the key of the certificate in " + certificate);
        }
        table.done();
        return ca == null ? null : new TlsSettings(ca, certificate, key);
    }

    private @Nullable Path path(TableReader table, String key) {
        String text = table.optional(key);
        return text == null ? null : secrets.path(table, key, text);
    }

    private static @Nullable X509Certificate certificate(TableReader table, String key, Path file) {
        try {
            return PemFile.certificate(file);
        } catch (IOException e) {
            table.problem(key, file + ": " + e.getMessage());
            return null;
        }
    }

    private @Nullable PKCS8EncodedKeySpec key(TableReader table, Path file) {
        try {
            return secrets.guarded(table, "key", file) ? PemFile.key(file) : null;
        } catch (IOException e) {
            table.problem("key", file + ": " + e.getMessage());
            return null;
        }
    }
}
