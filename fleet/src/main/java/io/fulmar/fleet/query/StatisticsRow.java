package io.fulmar.fleet.query;

import io.fulmar.sync.wire.ModelStatistics;
import org.jspecify.annotations.Nullable;

/**
 * Statistics of a model that a device has sent. Immutable.
 *
 * @param number of the record, higher for later ones
 * @param timeMillis when they were made, as far as that is known
 */
public record StatisticsRow(
        long number,
        String device,
        String epoch,
        String stream,
        long seq,
        @Nullable Long timeMillis,
        long receivedMillis,
        ModelStatistics statistics) {

    /**
     * Which ones.
     *
     * @param device only of this device; null for all, as with the others
     */
    public record Filter(
            @Nullable String device,
            @Nullable String pipeline,
            @Nullable String model,
            @Nullable String version,
            long fromMillis) {}
}
