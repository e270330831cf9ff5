package io.fulmar.sync.wire;

/**
 * The fleet has committed every row up to {@code upTo}; the device may delete them. Immutable.
 *
 * @param hash the chain hash of row {@code upTo} as the fleet knows it; the device believes only a hash that matches
 * @param credit how many more batches the device may have under way
 * @param retryAfterMillis how long the device should wait before its next batch; 0 for no wait
 * @param nowMillis the fleet's wall clock
 */
public record Acknowledge(
        long epoch, Stream stream, long upTo, ChainHash hash, int credit, int retryAfterMillis, long nowMillis)
        implements DownlinkMessage {}
