package io.fulmar.agent.uplink;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * A deadline that grows with each miss: the n-th wait in a row is the base plus full jitter over [0, min(cap, base·2ⁿ)]
 * beyond it, the first exactly the base. Owned by the store thread.
 */
final class Patience {
    private final long baseNanos;
    private final long capNanos;
    private final RandomGenerator random;
    private int misses;
    private long deadlineNanos;
    private boolean running;

    Patience(Duration base, Duration cap, RandomGenerator random) {
        this.baseNanos = base.toNanos();
        this.capNanos = cap.toNanos();
        this.random = random;
    }

    /** Something is awaited from now on. */
    void start(long nowNanos) {
        running = true;
        deadlineNanos = nowNanos + baseNanos + jitter();
    }

    /** It came: the next wait starts from the base again. */
    void satisfied() {
        misses = 0;
        running = false;
    }

    /** Nothing is awaited any more; what was missed stays in memory. */
    void cancel() {
        running = false;
    }

    boolean running() {
        return running;
    }

    /** Whether the deadline passed; if so it is counted as missed, and nothing is awaited until the next start. */
    boolean missed(long nowNanos) {
        if (!running || nowNanos - deadlineNanos < 0) {
            return false;
        }
        misses++;
        running = false;
        return true;
    }

    /** Nanoseconds until the deadline; a long time when nothing is awaited. */
    long remaining(long nowNanos) {
        return running ? Math.max(0, deadlineNanos - nowNanos) : Long.MAX_VALUE;
    }

    private long jitter() {
        if (misses == 0) {
            return 0;
        }
        long bound = baseNanos;
        for (int i = 0; i < misses && bound < capNanos; i++) {
            bound *= 2;
        }
        return random.nextLong(Math.min(capNanos, bound) + 1);
    }
}
