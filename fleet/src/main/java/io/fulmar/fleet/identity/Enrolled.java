package io.fulmar.fleet.identity;

import java.util.Set;

/**
 * What a device gets for its request.
 *
 * @param certificate PEM
 * @param ca the fleet's authority, PEM
 *     <p>Immutable.
 */
public record Enrolled(String device, Set<String> groups, String serial, String certificate, String ca) {
    public Enrolled {
        groups = Set.copyOf(groups);
    }
}
