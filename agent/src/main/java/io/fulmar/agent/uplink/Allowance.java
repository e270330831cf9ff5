package io.fulmar.agent.uplink;

import java.time.Duration;

/**
 * How many bytes may go up: so many a second on average, after a rest as many as a second gives at once. What goes all the
 * same is taken from what comes later. Owned by the store thread.
 */
final class Allowance {
    /** No bound. */
    static final long UNBOUNDED = Long.MAX_VALUE;

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final long bytesPerSecond;
    private boolean used;
    private long freeAtNanos;

    Allowance(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Whether something may go now. */
    boolean free(long nowNanos) {
        return remaining(nowNanos) == 0;
    }

    /** Nanoseconds until something may go. */
    long remaining(long nowNanos) {
        return used ? Math.max(0, freeAtNanos - nowNanos) : 0;
    }

    /** How large a message should be at most, so that the bytes come evenly. */
    int messageBytes() {
        return Math.clamp(bytesPerSecond, Limits.LEAST_MESSAGE_BYTES, Limits.BATCH_BYTES);
    }

    /** A message went. */
    void spend(int payloadBytes, long nowNanos) {
        if (bytesPerSecond == UNBOUNDED) {
            return;
        }
        long nanos = (payloadBytes + Limits.MESSAGE_OVERHEAD_BYTES) * SECOND / bytesPerSecond;
        long rested = nowNanos - SECOND;
        freeAtNanos = (used && freeAtNanos - rested > 0 ? freeAtNanos : rested) + nanos;
        used = true;
    }
}
