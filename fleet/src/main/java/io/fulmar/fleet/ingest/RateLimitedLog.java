package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import org.slf4j.Logger;

/** Warns at most once in a while, and says how often it kept quiet. Owned by the ingest thread. */
final class RateLimitedLog {
    private final Logger log;
    private boolean spoken;
    private long spokenNanos;
    private long suppressed;

    RateLimitedLog(Logger log) {
        this.log = log;
    }

    void warn(long nowNanos, String what, String detail) {
        if (spoken && nowNanos - spokenNanos < Limits.LOG_INTERVAL.toNanos()) {
            suppressed++;
            return;
        }
        if (suppressed > 0) {
            log.warn("{}: {} ({} more like this were not logged)", what, detail, suppressed);
        } else {
            log.warn("{}: {}", what, detail);
        }
        spoken = true;
        spokenNanos = nowNanos;
        suppressed = 0;
    }
}
