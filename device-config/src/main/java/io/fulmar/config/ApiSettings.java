package io.fulmar.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP interface that the device offers on its own machine.
 *
 * @param host the address that it listens on, a literal one
 * @param port as the configuration says it, 0 for any that is free; null where it says none
 * @param token what a caller must know; null where only this machine can call
 * @param maxBodyBytes of the largest request
 * @param queue how many requests of one model may wait
 * @param deadline how long a request may wait for its turn
 * @param interpreters how many of one model may run at a time
 *     <p>Immutable.
 */
public record ApiSettings(
        boolean enabled,
        String host,
        @Nullable Integer port,
        @Nullable Secret token,
        long maxBodyBytes,
        int queue,
        Duration deadline,
        int interpreters) {

    /** The port of a configuration that says none. */
    public static final int USUAL_PORT = 8_081;

    /** Where to listen. */
    public int wantedPort() {
        return port == null ? USUAL_PORT : port;
    }
}
