package io.fulmar.sync.wire;

/**
 * The device set a damaged store aside and began a new epoch; these rows of the old epoch may never arrive. Written by
 * the store itself, one record for each stream of the old epoch. Immutable.
 *
 * @param epoch the epoch that ended
 * @param first the first sequence that was not acknowledged
 * @param last the last sequence that a receipt was given for; first - 1 when nothing is missing, -1 when unknown
 * @param count how many rows were set aside; -1 when unknown
 * @param file the name of the file that was kept
 */
public record StoreQuarantined(
        Stamp at, long epoch, Stream stream, long first, long last, long count, String reason, String file)
        implements DeviceRecord {}
