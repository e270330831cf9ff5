package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings.Overflow;
import io.fulmar.config.SourceSettings.Waiting;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Hands frames over from those who bring them to the pipeline's, as many as there is room for. Thread-safe. */
final class Feed {
    private final ArrayBlockingQueue<Item> items;
    private final ArrayBlockingQueue<SourceException> failures = new ArrayBlockingQueue<>(Limits.FEED_FAILURES);
    private final Overflow overflow;
    private final Runnable wake;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicReference<@Nullable Throwable> bug = new AtomicReference<>();

    /** A frame, and since when it has been there, on the clock of {@link System#nanoTime}. Immutable. */
    record Item(Content content, long sinceNanos) {}

    Feed(Waiting waiting, Runnable wake) {
        this.items = new ArrayBlockingQueue<>(waiting.queue());
        this.overflow = waiting.overflow();
        this.wake = wake;
    }

    // ---- whoever brings frames

    /** Hands a frame over, or waits for room, as configured; false where nobody wants it. */
    boolean offer(Content content) {
        Item item = new Item(content, System.nanoTime());
        try {
            while (!closed.get()) {
                boolean taken = overflow == Overflow.BLOCK
                        ? items.offer(item, Limits.FEED_WAIT_MILLIS, TimeUnit.MILLISECONDS)
                        : items.offer(item);
                if (taken) {
                    wake.run();
                    return true;
                }
                if (overflow == Overflow.REFUSE) {
                    dropped.incrementAndGet();
                    return false;
                }
                if (overflow == Overflow.DROP_OLDEST && items.poll() != null) {
                    dropped.incrementAndGet();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /** A frame that came and cannot be used. */
    void refuse(SourceException why) {
        refused.incrementAndGet();
        fail(why);
    }

    /** There will be no frame for a while; where nobody looks, only the first failures are kept. */
    void fail(SourceException why) {
        failures.offer(why);
        wake.run();
    }

    /** The reading thread has ended for a reason that nobody thought of. */
    void crashed(Throwable unexpected) {
        bug.set(unexpected);
        wake.run();
    }

    // ---- the pipeline's thread

    /**
     * The next frame, null if there is none.
     *
     * @throws SourceException if there is a failure to tell
     */
    @Nullable
    Item take() {
        Throwable unexpected = bug.get();
        if (unexpected != null) {
            throw new IllegalStateException("the thread that reads the source has ended", unexpected);
        }
        SourceException failure = failures.poll();
        if (failure != null) {
            throw failure;
        }
        Item next = items.poll();
        if (next != null) {
            taken.incrementAndGet();
        }
        return next;
    }

    /** The number of the frame that was taken last: those that were dropped or refused count too. */
    long number() {
        return taken.get() + dropped.get() + refused.get();
    }

    boolean isEmpty() {
        return items.isEmpty() && failures.isEmpty() && bug.get() == null;
    }

    long dropped() {
        return dropped.get();
    }

    long refused() {
        return refused.get();
    }

    // ---- both

    void close() {
        closed.set(true);
    }

    boolean closed() {
        return closed.get();
    }
}
