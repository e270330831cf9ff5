package io.fulmar.fleet.query;

import org.jspecify.annotations.Nullable;

/**
 * A stored record, without its bytes.
 *
 * @param epoch as 16 hex digits
 * @param kind prediction, failure, event, quarantined, command or undecodable
 * @param found what the model found that is no class, as JSON; null where there is nothing
 * @param wallMillis the device's clock, as it believed
 * @param timeMillis the same, corrected by what the device learnt of the time later
 * @param receivedMillis the fleet's clock
 *     <p>Immutable.
 */
public record PredictionRow(
        String device,
        String epoch,
        String stream,
        long seq,
        String kind,
        @Nullable String pipeline,
        @Nullable String model,
        @Nullable String version,
        @Nullable String label,
        @Nullable Double score,
        @Nullable String found,
        @Nullable Long wallMillis,
        @Nullable Long timeMillis,
        long receivedMillis) {
    /** Whether the device's clock said something else than what time it was. */
    public boolean corrected() {
        return wallMillis != null && !wallMillis.equals(timeMillis);
    }
}
