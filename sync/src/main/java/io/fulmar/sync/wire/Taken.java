package io.fulmar.sync.wire;

/**
 * Another device uses this identity and was here first: the one whose hello had that session stays away for a while.
 * Immutable.
 *
 * @param session as in its {@link Hello}; everybody else ignores this, since both hear it
 * @param retryAfterMillis how long to stay away at least
 * @param nowMillis the fleet's clock
 */
public record Taken(String session, int retryAfterMillis, long nowMillis) implements DownlinkMessage {}
