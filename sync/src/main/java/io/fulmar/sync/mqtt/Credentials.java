package io.fulmar.sync.mqtt;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The user name and password that a link gives to the broker.
 *
 * @param password asked at every connect, so that a changed one is used without a restart; may throw a {@link
 *     LinkException}, which the link tells as a failed attempt; null for a user without a password
 *     <p>Immutable.
 */
public record Credentials(String username, @Nullable Supplier<String> password) {
    /** Never shows the password. */
    @Override
    public String toString() {
        return "Credentials[" + username + "]";
    }
}
