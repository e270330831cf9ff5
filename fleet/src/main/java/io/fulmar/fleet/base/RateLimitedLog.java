package io.fulmar.fleet.base;

import io.fulmar.sync.log.RateLimit;
import org.slf4j.Logger;

/** Warns a few times at once and then once in a while, and says how often it kept quiet. Thread-safe. */
public final class RateLimitedLog {
    private final Logger log;
    private final RateLimit limit;

    /** One line, and then at most one in {@link Limits#LOG_INTERVAL}. */
    public RateLimitedLog(Logger log) {
        this(log, 1);
    }

    /** So many lines at once, and then at most one in {@link Limits#LOG_INTERVAL}. */
    public RateLimitedLog(Logger log, int burst) {
        this.log = log;
        this.limit = new RateLimit(burst, Limits.LOG_INTERVAL);
    }

    public void warn(long nowNanos, String what, String detail) {
        long heldBack = limit.pass(nowNanos);
        if (heldBack > 0) {
            log.warn("{}: {} ({} more like this were not logged)", what, detail, heldBack);
        } else if (heldBack == 0) {
            log.warn("{}: {}", what, detail);
        }
    }
}
