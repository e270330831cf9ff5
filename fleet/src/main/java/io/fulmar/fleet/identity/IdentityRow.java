package io.fulmar.fleet.identity;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A device that was enrolled, or invited to. Times are milliseconds since 1970.
 *
 * @param enrolledMillis null while it has only been invited
 * @param revokedMillis null while it is welcome
 *     <p>Immutable.
 */
public record IdentityRow(
        String device,
        List<String> groups,
        @Nullable Long enrolledMillis,
        @Nullable Long revokedMillis,
        List<CertificateRow> certificates) {
    public IdentityRow {
        groups = List.copyOf(groups);
        certificates = List.copyOf(certificates);
    }

    /** In a word: {@code invited}, {@code enrolled} or {@code revoked}. */
    public String state() {
        if (revokedMillis != null) {
            return "revoked";
        }
        return enrolledMillis == null ? "invited" : "enrolled";
    }

    /** A certificate of a device. Immutable. */
    public record CertificateRow(
            String serial,
            long issuedMillis,
            long notAfterMillis,
            @Nullable Long revokedMillis) {}
}
