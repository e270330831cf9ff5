package io.fulmar.fleet.query;

/**
 * How many predictions there were of which confidence.
 *
 * @param bucket from 0, a score below 0.05, to 19, one of 0.95 or more
 *     <p>Immutable.
 */
public record ConfidenceCount(String model, String version, int bucket, long count) {}
