package io.fulmar.sync.outbox;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a store is kept. Immutable.
 *
 * @param quotaBytes what the database and its write-ahead log may take together
 * @param ballastBytes a file kept in reserve, given up when the disk is full so that there is room to make room
 * @param maxAge after which rows are given up; only time during which the agent ran counts, since no other clock of such
 *     a device can be trusted
 */
public record OutboxConfig(Path dir, long quotaBytes, long ballastBytes, Duration maxAge, WhenFull whenFull) {
    public OutboxConfig {
        if (quotaBytes < Limits.MIN_QUOTA_BYTES) {
            throw new IllegalArgumentException(
                    "the quota must be at least " + Limits.MIN_QUOTA_BYTES + " bytes, not " + quotaBytes);
        }
        if (ballastBytes < 0) {
            throw new IllegalArgumentException("the ballast cannot be negative: " + ballastBytes);
        }
        if (maxAge.isNegative() || maxAge.isZero()) {
            throw new IllegalArgumentException("the maximum age must be positive, not " + maxAge);
        }
    }
}
