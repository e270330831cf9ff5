package io.fulmar.agent.io.sensor;

/** When to look after a chip that measures at its own pace, or at ours. Owned by one thread. */
final class Fetching {
    private final long periodNanos;
    private long next;

    Fetching(double perSecond) {
        periodNanos = Math.round(1e9 / perSecond);
    }

    void start(long nowNanos) {
        next = nowNanos + periodNanos;
    }

    boolean due(long nowNanos) {
        return nowNanos - next >= 0;
    }

    /** The next look is a period after this one was due; from now on, if that is past already. */
    void done(long nowNanos) {
        next += periodNanos;
        if (nowNanos - next > 0) {
            next = nowNanos + periodNanos;
        }
    }

    long next() {
        return next;
    }
}
