package io.fulmar.config;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the device reaches its broker.
 *
 * @param url {@code mqtt://} or, exactly where there are {@code tls} settings, {@code mqtts://}
 * @param password only there where {@code username} is
 * @param trial how long changed settings may take to bring a welcome before the old ones return
 *     <p>Immutable.
 */
public record Mqtt(
        URI url,
        String prefix,
        Duration keepAlive,
        Duration connectTimeout,
        Duration backoffMin,
        Duration backoffMax,
        @Nullable TlsSettings tls,
        @Nullable String username,
        @Nullable Secret password,
        Duration trial) {}
