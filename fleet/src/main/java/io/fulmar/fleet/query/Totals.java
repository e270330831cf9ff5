package io.fulmar.fleet.query;

/**
 * The fleet in a few numbers.
 *
 * @param gapRows rows that devices gave up by their policy
 * @param lastRecord the number of the newest record; 0 where there is none
 *     <p>Immutable.
 */
public record Totals(
        long devices,
        long online,
        long streams,
        long rows,
        long gapRows,
        long duplicates,
        long conflicts,
        long lastRecord) {}
