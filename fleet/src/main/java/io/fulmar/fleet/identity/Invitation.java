package io.fulmar.fleet.identity;

import java.time.Instant;
import java.util.Set;

/**
 * A one-time token that lets one device enrol.
 *
 * @param token what the device has to be told; it is not kept anywhere
 *     <p>Immutable.
 */
public record Invitation(String device, Set<String> groups, String token, Instant expires) {
    public Invitation {
        groups = Set.copyOf(groups);
    }

    /** Does not show the secret. */
    @Override
    public String toString() {
        return "Invitation[" + device + "]";
    }
}
