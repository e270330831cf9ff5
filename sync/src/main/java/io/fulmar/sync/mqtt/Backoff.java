package io.fulmar.sync.mqtt;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before connecting again: full jitter over [0, min(cap, base·2ⁿ)] after the n-th failure in a row,
 * counted from 0, so that devices which lost the broker together do not come back together.
 *
 * <p>A connection counts as a success only when it held for {@code stableAfter}. One that is accepted and kicked at once
 * (session taken over, a proxy in front of a dead broker) is a failure like any other and does not reset the delay.
 *
 * <p>Immutable.
 */
public record Backoff(Duration base, Duration cap, Duration stableAfter) {
    public Backoff {
        if (base.isNegative() || base.isZero() || cap.compareTo(base) < 0 || stableAfter.isNegative()) {
            throw new IllegalArgumentException("need 0 < base <= cap and stableAfter >= 0, got base " + base + ", cap "
                    + cap + ", stableAfter " + stableAfter);
        }
    }

    /** A back-off whose connections count as stable after ten times its base. */
    public static Backoff between(Duration base, Duration cap) {
        return new Backoff(base, cap, base.multipliedBy(10));
    }

    /** The longest delay that may follow after this many failures in a row before this one. */
    public Duration bound(int failuresBefore) {
        Duration bound = base;
        for (int i = 0; i < failuresBefore && bound.compareTo(cap) < 0; i++) {
            bound = bound.multipliedBy(2);
        }
        return bound.compareTo(cap) < 0 ? bound : cap;
    }

    /**
     * The longest delay after this many take-overs in a row before this one. Two clients with one id get in each other's way
     * until a person acts, so it grows faster than after a failure, and further.
     */
    public Duration takenOverBound(int before) {
        Duration most = cap.multipliedBy(8);
        Duration bound = base;
        for (int i = 0; i < before && bound.compareTo(most) < 0; i++) {
            bound = bound.multipliedBy(4);
        }
        return bound.compareTo(most) < 0 ? bound : most;
    }

    /** A delay after a take-over, drawn evenly from the upper half of its bound. */
    public Duration takenOverDelay(int before, RandomGenerator random) {
        long half = takenOverBound(before).toNanos() / 2;
        return Duration.ofNanos(half + random.nextLong(half + 1));
    }

    /** A delay, drawn evenly from 0 to the bound, both included. */
    public Duration delay(int failuresBefore, RandomGenerator random) {
        return Duration.ofNanos(random.nextLong(bound(failuresBefore).toNanos() + 1));
    }
}
