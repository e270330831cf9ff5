package io.fulmar.fleet.query;

/**
 * A stream of a device's store, and how far it is stored here.
 *
 * @param epoch as 16 hex digits
 * @param next the sequence number that is expected next
 * @param rows records that are stored
 * @param gaps declarations of rows that the device gave up
 * @param gapRows rows that the gaps stand for; always next - 1 = rows + gapRows
 * @param duplicates rows that came again and were not stored again
 * @param conflicts batches that contradicted what is stored
 *     <p>Immutable.
 */
public record StreamRow(
        String device,
        String epoch,
        String stream,
        long next,
        long rows,
        long gaps,
        long gapRows,
        long undecodable,
        long duplicates,
        long conflicts,
        long firstReceivedMillis,
        long lastReceivedMillis) {}
