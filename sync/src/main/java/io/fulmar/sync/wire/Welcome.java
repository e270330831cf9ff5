package io.fulmar.sync.wire;

/**
 * The fleet has heard the hello: the way works in both directions. Immutable.
 *
 * @param credit how many batches the device may have under way
 */
public record Welcome(String fleetVersion, int credit, int retryAfterMillis, long nowMillis)
        implements DownlinkMessage {}
