package io.fulmar.sync.wire;

/**
 * The fleet takes nothing of this device, since it never gave it an identity: the device stays away for a while. Immutable.
 *
 * @param retryAfterMillis how long to stay away at least
 * @param nowMillis the fleet's clock
 */
public record NotEnrolled(int retryAfterMillis, long nowMillis) implements DownlinkMessage {}
