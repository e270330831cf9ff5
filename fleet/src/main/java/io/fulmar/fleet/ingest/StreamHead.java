package io.fulmar.fleet.ingest;

import io.fulmar.sync.wire.ChainHash;

/**
 * How far a stream is stored.
 *
 * @param next the sequence number that is expected next
 * @param hash the chain hash of row {@code next - 1}
 *     <p>Immutable.
 */
public record StreamHead(long next, ChainHash hash) {
    /** Before the first row. */
    public static final StreamHead START = new StreamHead(1, ChainHash.ZERO);
}
