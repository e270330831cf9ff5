package io.fulmar.agent.health;

import org.jspecify.annotations.Nullable;

/** One distinct fault: where, what, what to do, how often, first and last time by the wall clock. Immutable. */
public record Fault(
        String where, String message, @Nullable String hint, long count, long firstWallMillis, long lastWallMillis) {

    Fault again(long wallMillis) {
        return new Fault(where, message, hint, count + 1, firstWallMillis, wallMillis);
    }
}
