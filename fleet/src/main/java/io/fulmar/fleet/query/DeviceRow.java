package io.fulmar.fleet.query;

import org.jspecify.annotations.Nullable;

/**
 * A device as the registry knows it. Times are milliseconds since 1970 by the fleet's clock.
 *
 * @param status the last status document of the device, JSON
 * @param refused messages of this device that could not be read
 *     <p>Immutable.
 */
public record DeviceRow(
        String device,
        boolean online,
        long firstSeenMillis,
        long lastSeenMillis,
        @Nullable String agentVersion,
        @Nullable Long lastHelloMillis,
        @Nullable String status,
        long refused) {}
