package io.fulmar.fleet.api.server;

import io.fulmar.fleet.api.security.Role;
import org.jspecify.annotations.Nullable;

/**
 * An address and who may use it.
 *
 * @param path with parameters as {@code {device}}
 * @param role that a caller needs; null for the few that are open to everybody
 *     <p>Immutable.
 */
public record Route(Verb verb, String path, @Nullable Role role) {
    @Override
    public String toString() {
        return verb + " " + path;
    }
}
