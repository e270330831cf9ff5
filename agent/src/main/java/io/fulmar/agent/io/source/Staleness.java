package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Whether nothing has come for too long, which is a failure once until something comes. Owned by the pipeline's thread. */
final class Staleness {
    private final @Nullable Duration limit;
    private final String what;
    private boolean begun;
    private boolean told;
    private boolean silent;
    private long heardNanos;
    private long polledNanos;

    /** @param what has not come */
    Staleness(@Nullable Duration limit, String what) {
        this.limit = limit;
        this.what = what;
    }

    /** Somebody asks for a frame. While nobody did, because the pipeline rests or its model takes long, nothing was missed. */
    void polled(long nowNanos) {
        long gap = nowNanos - polledNanos;
        if (!begun) {
            begun = true;
            heardNanos = nowNanos;
        } else if (gap > Limits.POLL_GAP_NANOS) {
            heardNanos += gap;
        }
        polledNanos = nowNanos;
    }

    /** Something has come. */
    void heard(long nowNanos) {
        silent = false;
        again(nowNanos);
    }

    /** What should bring something begins anew, and has as long again. */
    void again(long nowNanos) {
        told = false;
        heardNanos = nowNanos;
    }

    /** Whether nothing has come since it was too long. */
    boolean silent() {
        return silent;
    }

    /** Throws if nothing has come for too long, once. */
    void check(long nowNanos) {
        if (limit != null && !told && nowNanos - heardNanos >= limit.toNanos()) {
            told = true;
            silent = true;
            throw new SourceException(
                    Category.TRANSIENT,
                    "stale",
                    what + " for " + seconds(limit) + " s",
                    "look at what sends it; stale of the pipeline's source says how long it may be silent");
        }
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() % 1_000 == 0
                ? Long.toString(limit.toSeconds())
                : Double.toString(limit.toMillis() / 1e3);
    }

    /** The earlier of that and the moment when it is too long. */
    long earlier(long dueNanos) {
        if (limit == null || told || !begun) {
            return dueNanos;
        }
        long stale = heardNanos + limit.toNanos();
        return stale - dueNanos < 0 ? stale : dueNanos;
    }
}
