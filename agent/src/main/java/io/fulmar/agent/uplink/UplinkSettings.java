package io.fulmar.agent.uplink;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the uplink paces itself.
 *
 * @param batchRows rows a batch at most
 * @param batchBytes encoded bytes of rows a batch at most
 * @param window batches of one stream that may be unacknowledged at a time
 * @param ackTimeout without progress for this long, a stream starts again from its last acknowledged row
 * @param ackTimeoutCap the longest that repeated timeouts make it wait
 * @param bytesPerSecond what batches may take of the link; alarms go at once and count
 *     <p>Immutable.
 */
public record UplinkSettings(
        int batchRows, int batchBytes, int window, Duration ackTimeout, Duration ackTimeoutCap, long bytesPerSecond) {

    public UplinkSettings {
        if (batchRows < 1 || batchBytes < 1 || window < 1) {
            throw new IllegalArgumentException("a batch and a window hold at least one");
        }
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("at least a byte a second");
        }
        if (!ackTimeout.isPositive() || ackTimeoutCap.compareTo(ackTimeout) < 0) {
            throw new IllegalArgumentException("need 0 < ackTimeout <= ackTimeoutCap");
        }
    }

    /**
     * The usual bounds for this many rows a batch.
     *
     * @param bytesPerSecond null for no bound
     */
    public static UplinkSettings of(int batchRows, Duration ackTimeout, @Nullable Long bytesPerSecond) {
        return new UplinkSettings(
                batchRows,
                Limits.BATCH_BYTES,
                Limits.WINDOW,
                ackTimeout,
                ackTimeout.multipliedBy(Limits.TIMEOUT_CAP_FACTOR),
                bytesPerSecond == null ? Allowance.UNBOUNDED : bytesPerSecond);
    }
}
