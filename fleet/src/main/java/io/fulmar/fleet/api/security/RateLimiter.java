package io.fulmar.fleet.api.security;

import io.fulmar.fleet.base.Limits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bucket of permits for each of many: it fills at a steady rate and holds a few for bursts. Of those that were not seen for
 * longest it forgets some when there are too many. Thread-safe.
 */
public final class RateLimiter {
    private final double perNano;
    private final double burst;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > Limits.CALLERS_WATCHED;
        }
    };

    private static final class Bucket {
        private double permits;
        private long filled;
    }

    public RateLimiter(double perSecond, int burst) {
        this.perNano = perSecond / 1e9;
        this.burst = burst;
    }

    /** Takes a permit; 0 if there was one, else in how many nanoseconds there will be. */
    public long take(String who, long nowNanos) {
        return use(who, nowNanos, 1);
    }

    /** In how many nanoseconds there will be a permit; 0 for now. Takes none. */
    public long look(String who, long nowNanos) {
        return use(who, nowNanos, 0);
    }

    private long use(String who, long nowNanos, int permits) {
        lock.lock();
        try {
            Bucket bucket = buckets.computeIfAbsent(who, name -> {
                var full = new Bucket();
                full.permits = burst;
                full.filled = nowNanos;
                return full;
            });
            bucket.permits = Math.min(burst, bucket.permits + Math.max(0, nowNanos - bucket.filled) * perNano);
            bucket.filled = nowNanos;
            if (bucket.permits >= 1) {
                bucket.permits -= permits;
                return 0;
            }
            return (long) Math.ceil((1 - bucket.permits) / perNano);
        } finally {
            lock.unlock();
        }
    }
}
