package io.fulmar.fleet.query;

/**
 * What a device gave up for one reason.
 *
 * @param gaps declarations
 * @param rows that they stand for
 *     <p>Immutable.
 */
public record GapTotal(String device, String stream, String reason, long gaps, long rows, long lastMillis) {}
