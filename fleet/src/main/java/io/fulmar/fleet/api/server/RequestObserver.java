package io.fulmar.fleet.api.server;

import org.jspecify.annotations.Nullable;

/** Is told of every request that was answered. */
@FunctionalInterface
public interface RequestObserver {
    /**
     * Takes note of it.
     *
     * @param route null where there is none
     */
    void answered(@Nullable Route route, int status, long nanos);
}
