package io.fulmar.fleet.query;

import io.fulmar.sync.wire.ChainHash;

/**
 * What is stored of one stream, by its rows themselves and not by what was counted.
 *
 * @param epoch as 16 hex digits
 * @param next the sequence number that is expected next
 * @param hash the chain hash of the row before it
 * @param rows records that are there
 *     <p>Immutable.
 */
public record StoredStream(String device, String epoch, long next, ChainHash hash, long rows) {}
