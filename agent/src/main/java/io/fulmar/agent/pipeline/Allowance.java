package io.fulmar.agent.pipeline;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** So much an hour, a sixth of it at once. Thread-safe. */
final class Allowance {
    private final long everyNanos;
    private final long aheadNanos;
    /** When all is there again that was taken; 0 before the first. */
    private final AtomicLong full = new AtomicLong();

    Allowance(int perHour) {
        this.everyNanos = Math.max(1, Duration.ofHours(1).toNanos() / perHour);
        this.aheadNanos = everyNanos * Math.max(0, perHour / 6 - 1);
    }

    /** Whether there is one now. */
    boolean has(long nowNanos) {
        long known = full.get();
        return known == 0 || nowNanos - known >= -aheadNanos;
    }

    /** Takes one, if there is one. */
    boolean take(long nowNanos) {
        while (true) {
            long known = full.get();
            if (known != 0 && nowNanos - known < -aheadNanos) {
                return false;
            }
            long from = known == 0 || known - nowNanos < 0 ? nowNanos : known;
            if (full.compareAndSet(known, (from + everyNanos) | 1)) {
                return true;
            }
        }
    }
}
