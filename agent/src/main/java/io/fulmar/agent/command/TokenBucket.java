package io.fulmar.agent.command;

/** How much may come at once, and how fast it may come again. Owned by the command thread. */
final class TokenBucket {
    private final int burst;
    private final long refillNanos;
    private long left;
    private long refilledNanos;
    private boolean started;

    TokenBucket(int burst, long refillNanos) {
        this.burst = burst;
        this.refillNanos = refillNanos;
        this.left = burst;
    }

    /** Whether one more may come now. */
    boolean take(long nowNanos) {
        if (!started) {
            started = true;
            refilledNanos = nowNanos;
        }
        long due = (nowNanos - refilledNanos) / refillNanos;
        left = Math.min(burst, left + due);
        refilledNanos += due * refillNanos;
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }
}
