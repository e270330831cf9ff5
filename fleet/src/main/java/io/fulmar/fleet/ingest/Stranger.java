package io.fulmar.fleet.ingest;

/**
 * A device that was turned away, since it was never enrolled.
 *
 * @param sinceMillis when it was heard first, by the fleet's clock
 * @param lastMillis when it was heard last
 * @param messages how many messages of it were turned away
 *     <p>Immutable.
 */
public record Stranger(String device, long sinceMillis, long lastMillis, long messages) {}
