package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * How a store is kept. Immutable.
 *
 * @param quotaBytes what the database and its write-ahead log may take together
 * @param ballastBytes a file kept in reserve, given up when the disk is full so that there is room to make room
 * @param maxAge after which rows are given up, for each stream; only time during which the agent ran counts, since no other clock of such
 *     a device can be trusted
 */
public record OutboxConfig(
        Path dir, long quotaBytes, long ballastBytes, Map<Stream, Duration> maxAge, WhenFull whenFull) {
    public OutboxConfig {
        if (quotaBytes < Limits.MIN_QUOTA_BYTES) {
            throw new IllegalArgumentException(
                    "the quota must be at least " + Limits.MIN_QUOTA_BYTES + " bytes, not " + quotaBytes);
        }
        if (ballastBytes < 0) {
            throw new IllegalArgumentException("the ballast cannot be negative: " + ballastBytes);
        }
        maxAge = Map.copyOf(maxAge);
        for (Stream stream : Stream.values()) {
            Duration age = maxAge.get(stream);
            if (age == null || age.isNegative() || age.isZero()) {
                throw new IllegalArgumentException("the maximum age of " + stream + " must be positive, not " + age);
            }
        }
    }

    /** The same age for all streams. */
    public OutboxConfig(Path dir, long quotaBytes, long ballastBytes, Duration maxAge, WhenFull whenFull) {
        this(
                dir,
                quotaBytes,
                ballastBytes,
                Map.of(Stream.ALARM, maxAge, Stream.EVENT, maxAge, Stream.DATA, maxAge),
                whenFull);
    }

    /** After which rows of a stream are given up. */
    Duration maxAge(Stream stream) {
        return Objects.requireNonNull(maxAge.get(stream), "each has one");
    }
}
