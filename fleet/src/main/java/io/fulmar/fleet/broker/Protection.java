package io.fulmar.fleet.broker;

import io.fulmar.fleet.identity.Permissions;
import io.fulmar.fleet.identity.Permissions.Access;
import io.fulmar.fleet.identity.Principal;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How an embedded broker is protected: it speaks TLS only, asks every client for a certificate of the authority, and lets
 * each do what it may.
 *
 * @param ca the authority, PEM
 * @param certificate the broker's own certificate and its private key, in one PEM file
 * @param rights who may do what
 * @param welcome who showed a certificate of the authority, asked again and again; null for somebody who is not welcome,
 *     or not any more
 *     <p>Immutable.
 */
public record Protection(
        Path ca, Path certificate, Rights rights, Function<X509Certificate, @Nullable Principal> welcome) {
    /** Says who may do what. Thread-safe. */
    @FunctionalInterface
    public interface Rights {
        /** Whether this one may publish to, or subscribe to, all topics of the filter. */
        boolean allow(Principal who, Access access, String filter);

        /** Those that Mosquitto's access list is made of: {@code +} is covered by {@code +} alone, and {@code #} by none. */
        static Rights of(Permissions permissions) {
            return (who, access, filter) -> filter.indexOf('#') < 0 && permissions.allows(who, access, filter);
        }
    }
}
