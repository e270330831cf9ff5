package io.fulmar.fleet.query;

/**
 * A record and its place in the order of arrival. Immutable.
 *
 * @param number rises in the order of arrival
 */
public record NumberedPrediction(long number, PredictionRow row) {}
