package io.fulmar.fleet.query;

/**
 * How many predictions of one label there were in one hour, or one day.
 *
 * @param atMillis the beginning of it
 * @param label empty for predictions without one; "…" for all beyond the first so many of a model on a device in an hour
 *     <p>Immutable.
 */
public record LabelCount(long atMillis, String model, String version, String label, long count) {}
