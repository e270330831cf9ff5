package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;

/**
 * Where a stream stands. Immutable.
 *
 * @param epoch 0 while the store could never be opened
 * @param next the sequence that the next record will get
 * @param tailHash the chain hash of row {@code next - 1}
 * @param acknowledged the last sequence that the fleet acknowledged; 0 for none
 * @param acknowledgedHash its chain hash
 * @param firstBuffered the first sequence still held, as a record or inside a gap: always {@code acknowledged + 1}
 */
public record StreamState(
        long epoch,
        Stream stream,
        long next,
        ChainHash tailHash,
        long acknowledged,
        ChainHash acknowledgedHash,
        long firstBuffered) {}
