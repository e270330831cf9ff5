package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.log.RateLimit;
import org.slf4j.Logger;

/** Warns at most once in a while, and says how often it kept quiet. Owned by the ingest thread. */
final class RateLimitedLog {
    private final Logger log;
    private final RateLimit limit = new RateLimit(1, Limits.LOG_INTERVAL);

    RateLimitedLog(Logger log) {
        this.log = log;
    }

    void warn(long nowNanos, String what, String detail) {
        long heldBack = limit.pass(nowNanos);
        if (heldBack > 0) {
            log.warn("{}: {} ({} more like this were not logged)", what, detail, heldBack);
        } else if (heldBack == 0) {
            log.warn("{}: {}", what, detail);
        }
    }
}
