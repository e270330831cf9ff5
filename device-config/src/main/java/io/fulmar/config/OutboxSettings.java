package io.fulmar.config;

import java.time.Duration;

/** How much the device may keep, for how long, and how it hands it over. Immutable. */
public record OutboxSettings(
        long quotaBytes,
        long ballastBytes,
        Duration maxAge,
        WhenFull whenFull,
        int batchRows,
        Duration ackTimeout,
        CommitInterval commitInterval) {

    /** What gives way when the quota is reached. */
    public enum WhenFull {
        EVICT_OLDEST,
        REFUSE_NEW
    }

    /** How long a record of each stream may wait for others to share its commit; zero is at once. Immutable. */
    public record CommitInterval(Duration alarm, Duration event, Duration data) {}
}
