package io.fulmar.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much the device may keep, for how long, and how it hands it over. Immutable.
 *
 * @param maxAge after which records are given up, where {@code maxAges} says nothing else
 * @param maxAges the same for each stream
 * @param rateBytes what batches of records may take of the link in a second; null for no bound
 * @param commitInterval how long a record may wait for others to share its commit; zero is at once
 */
public record OutboxSettings(
        long quotaBytes,
        long ballastBytes,
        Duration maxAge,
        ByStream maxAges,
        WhenFull whenFull,
        int batchRows,
        Duration ackTimeout,
        @Nullable Long rateBytes,
        ByStream commitInterval) {

    /** What gives way when the quota is reached. */
    public enum WhenFull {
        EVICT_OLDEST,
        REFUSE_NEW
    }

    /** A time for the records of each stream: alarms, failures and events, all other predictions. Immutable. */
    public record ByStream(Duration alarm, Duration event, Duration data) {}
}
