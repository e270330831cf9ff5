package io.fulmar.sync.wire;

/**
 * The fleet stored nothing: of this stream it needs row {@code next} first. Immutable.
 *
 * @param hash the chain hash of row {@code next - 1} as the fleet knows it
 */
public record Expected(
        long epoch, Stream stream, long next, ChainHash hash, int credit, int retryAfterMillis, long nowMillis)
        implements DownlinkMessage {}
