package io.fulmar.fleet.query;

import org.jspecify.annotations.Nullable;

/**
 * Which records are exported.
 *
 * @param device only of this device; null for all
 * @param model only predictions of this model; null for every record
 * @param fromMillis received then or later
 * @param toMillis received before
 *     <p>Immutable.
 */
public record ExportFilter(
        @Nullable String device, @Nullable String model, long fromMillis, long toMillis) {}
