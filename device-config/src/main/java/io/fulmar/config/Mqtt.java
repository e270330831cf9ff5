package io.fulmar.config;

import java.net.URI;
import java.time.Duration;

/** How the device reaches its broker. Immutable. */
public record Mqtt(
        URI url,
        String prefix,
        Duration keepAlive,
        Duration connectTimeout,
        Duration backoffMin,
        Duration backoffMax) {}
