package io.fulmar.fleet.query;

import org.jspecify.annotations.Nullable;

/**
 * Which predictions are counted.
 *
 * @param device only of this device; null for all of them together
 * @param model only of this model; null for all
 * @param version only of this version of it; null for all
 * @param fromMillis only from the hour of this time on
 * @param toMillis only of hours that begin before this time
 *     <p>Immutable.
 */
public record CountFilter(
        @Nullable String device,
        @Nullable String model,
        @Nullable String version,
        long fromMillis,
        long toMillis) {}
