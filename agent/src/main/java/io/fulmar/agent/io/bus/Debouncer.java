package io.fulmar.agent.io.bus;

/**
 * Lets a change of a level count once it has stayed for a while, as contacts that bounce need it. Owned by one thread.
 */
public final class Debouncer {
    private final long nanos;
    private Level settled;
    private Level seen;
    private long seenNanos;

    /** @param first what counts until it changes */
    public Debouncer(long nanos, Level first, long nowNanos) {
        this.nanos = nanos;
        this.settled = first;
        this.seen = first;
        this.seenNanos = nowNanos;
    }

    /** Takes what the line is now; returns whether another level counts from now on. */
    public boolean settles(Level now, long nowNanos) {
        if (now != seen) {
            seen = now;
            seenNanos = nowNanos;
        }
        if (seen == settled || nowNanos - seenNanos < nanos) {
            return false;
        }
        settled = seen;
        return true;
    }

    /** What counts. */
    public Level level() {
        return settled;
    }
}
