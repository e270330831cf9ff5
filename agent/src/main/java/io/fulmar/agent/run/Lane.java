package io.fulmar.agent.run;

import io.fulmar.sync.outbox.Draft;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One stream's part of the record queue, bounded in records and in bytes. Thread-safe. */
final class Lane {
    private final long intervalNanos;
    private final ArrayBlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(Limits.QUEUE_RECORDS);
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean unannounced = new AtomicBoolean(true);

    private record Waiting(Draft draft, long sinceNanos, int size) {}

    Lane(Duration interval) {
        this.intervalNanos = interval.toNanos();
    }

    /** Whether the store thread must hear of what was just offered: the first record since it looked, or half full. */
    boolean wantsTheStore() {
        return unannounced.compareAndSet(true, false) || isHalfFull();
    }

    private boolean isHalfFull() {
        return queue.size() >= Limits.QUEUE_RECORDS / 2 || bytes.get() >= Limits.QUEUE_BYTES / 2;
    }

    /** Takes the record, or says that there is no room. */
    boolean offer(Draft draft, long nowNanos) {
        int size = draft.record().length;
        if (bytes.addAndGet(size) <= Limits.QUEUE_BYTES && queue.offer(new Waiting(draft, nowNanos, size))) {
            return true;
        }
        bytes.addAndGet(-size);
        return false;
    }

    long nanosUntilDue(long nowNanos) {
        @Nullable Waiting oldest = queue.peek();
        if (oldest == null) {
            return Long.MAX_VALUE;
        }
        return isHalfFull() ? 0 : Math.max(0, oldest.sinceNanos() + intervalNanos - nowNanos);
    }

    void drainTo(List<Draft> drafts, int max) {
        unannounced.set(true);
        for (int i = 0; i < max; i++) {
            Waiting waiting = queue.poll();
            if (waiting == null) {
                return;
            }
            bytes.addAndGet(-waiting.size());
            drafts.add(waiting.draft());
        }
    }
}
