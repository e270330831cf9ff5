package io.fulmar.sync.wire;

/**
 * Where one stream of a device stands. Immutable.
 *
 * @param next the sequence that the next record will get
 * @param tailHash the chain hash of row {@code next - 1}
 * @param firstBuffered the first sequence that the device still holds (as a record or inside a gap); next when none
 */
public record StreamPosition(long epoch, Stream stream, long next, ChainHash tailHash, long firstBuffered) {}
