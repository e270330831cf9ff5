package io.fulmar.fleet.query;

/**
 * Rows that a device gave up by its policy.
 *
 * @param epoch as 16 hex digits
 *     <p>Immutable.
 */
public record GapRow(String device, String epoch, String stream, long first, long last, String reason) {}
