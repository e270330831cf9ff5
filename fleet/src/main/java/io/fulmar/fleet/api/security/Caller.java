package io.fulmar.fleet.api.security;

import org.jspecify.annotations.Nullable;

/**
 * Who makes a request.
 *
 * @param id of its token; {@code anonymous} for nobody in particular
 * @param name that a person gave the token
 * @param csrf what a changing request must carry besides; null for one with a token, which no browser adds by itself
 *     <p>Immutable.
 */
public record Caller(
        String id, String name, Role role, @Nullable String csrf) {
    /** Whether a changing request with that header comes from a page of ours, or from a program. */
    public boolean isMeantBy(@Nullable String header) {
        return csrf == null || csrf.equals(header);
    }

    /** Somebody on this machine, where that is enough. */
    public static Caller anonymous(Role role) {
        return new Caller("anonymous", "anonymous", role, "anonymous");
    }
}
