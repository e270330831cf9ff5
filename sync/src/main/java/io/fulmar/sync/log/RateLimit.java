package io.fulmar.sync.log;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets a number of log lines through at once and then one in a while, and counts what it holds back, so that nothing that
 * repeats can flood a log. Thread-safe.
 */
public final class RateLimit {
    private final int burst;
    private final long refillNanos;
    private final AtomicReference<State> state;

    private record State(boolean begun, long sinceNanos, int allowed, long heldBack, boolean passed) {}

    /** Each {@code refill} lets one more through, up to {@code burst} at once. */
    public RateLimit(int burst, Duration refill) {
        this.burst = burst;
        this.refillNanos = refill.toNanos();
        this.state = new AtomicReference<>(new State(false, 0, burst, 0, false));
    }

    /** How many were held back since the last that got through; -1 when this one is held back, too. */
    public long pass(long nowNanos) {
        State before = state.getAndUpdate(old -> next(old, nowNanos));
        return next(before, nowNanos).passed() ? before.heldBack() : -1;
    }

    private State next(State old, long nowNanos) {
        long since = old.begun() ? old.sinceNanos() : nowNanos;
        long refills = Math.max(0, (nowNanos - since) / refillNanos);
        int allowed = (int) Math.min(burst, old.allowed() + refills);
        // a full bucket does not save up time
        long begin = allowed == burst ? nowNanos : since + refills * refillNanos;
        return allowed > 0
                ? new State(true, begin, allowed - 1, 0, true)
                : new State(true, begin, 0, old.heldBack() + 1, false);
    }
}
