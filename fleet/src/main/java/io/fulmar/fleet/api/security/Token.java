package io.fulmar.fleet.api.security;

import org.jspecify.annotations.Nullable;

/**
 * A token, without its secret. Times are milliseconds since 1970.
 *
 * @param name that a person gave it
 * @param createdBy the name of who made it
 * @param expiresMillis from when it is worth nothing; null for never
 * @param revokedMillis since when it is worth nothing; null while it is good
 * @param lastUsedMillis to about a minute; null for never
 *     <p>Immutable.
 */
public record Token(
        String id,
        String name,
        Role role,
        long createdMillis,
        String createdBy,
        @Nullable Long expiresMillis,
        @Nullable Long revokedMillis,
        @Nullable Long lastUsedMillis) {
    /** A new token with the secret that is shown once. Immutable. */
    public record Made(Token token, String text) {}

    boolean isGood(long nowMillis) {
        return state(nowMillis).equals("good");
    }

    /** In a word: {@code good}, {@code expired} or {@code revoked}. */
    public String state(long nowMillis) {
        if (revokedMillis != null) {
            return "revoked";
        }
        return expiresMillis != null && nowMillis >= expiresMillis ? "expired" : "good";
    }
}
