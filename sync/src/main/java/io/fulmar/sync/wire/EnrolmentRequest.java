package io.fulmar.sync.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a device asks the fleet for over HTTPS: a certificate. Immutable.
 *
 * @param token the invitation; null where the device shows the certificate that it has
 * @param request PKCS #10, PEM
 */
public record EnrolmentRequest(@Nullable String token, String request) {
    /** Does not show the token. */
    @Override
    public String toString() {
        return "EnrolmentRequest";
    }
}
