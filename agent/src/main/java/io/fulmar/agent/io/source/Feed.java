package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.SourceSettings.Overflow;
import io.fulmar.config.SourceSettings.Waiting;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands frames over from those who bring them to the pipeline's thread, as many as there is room for. Thread-safe, but for what
 * the pipeline's thread alone may ask.
 */
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
    private final Staleness staleness;
    private final Frame frame = new Frame(0);
    private long polledNanos;
    private long sinceNanos;
    private long number;

    /** A frame, and since when it has been there, on the clock of {@link System#nanoTime}. Immutable. */
    private record Item(Content content, long sinceNanos) {}

    /** @param silence what is wrong when none comes for too long */
    Feed(Waiting waiting, String silence, Runnable wake) {
        this.items = new ArrayBlockingQueue<>(waiting.queue());
        this.overflow = waiting.overflow();
        this.wake = wake;
        this.staleness = new Staleness(waiting.stale(), silence);
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
     * @throws SourceException if there is a failure to tell, which silence is too
     */
    @Nullable
    Frame poll(long nowNanos) {
        Item item = next(nowNanos);
        if (item == null) {
            staleness.check(nowNanos);
            return null;
        }
        return of(item);
    }

    /**
     * The same where what brings the frames is begun anew when it is silent, and then has as long again.
     *
     * @param anew begins it anew; false if it is not there just now, which has been told then
     */
    @Nullable
    Frame poll(long nowNanos, BooleanSupplier anew) {
        Item item = next(nowNanos);
        if (item != null) {
            return of(item);
        }
        try {
            staleness.check(nowNanos);
        } catch (SourceException e) {
            staleness.again(nowNanos);
            if (anew.getAsBoolean()) {
                throw e;
            }
        }
        return null;
    }

    private @Nullable Item next(long nowNanos) {
        polledNanos = nowNanos;
        staleness.polled(nowNanos);
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
            staleness.heard(nowNanos);
        }
        return next;
    }

    private Frame of(Item item) {
        number = taken.incrementAndGet() + dropped.get() + refused.get();
        sinceNanos = item.sinceNanos();
        return frame.of(number, item.content());
    }

    /** The number of the frame that was taken last: those that were dropped or refused count too. */
    long number() {
        return number;
    }

    /** Since when that has been there. */
    long sinceNanos() {
        return sinceNanos;
    }

    /** When to look again. */
    long nextNanos() {
        boolean nothing = items.isEmpty() && failures.isEmpty() && bug.get() == null;
        return nothing ? staleness.earlier(polledNanos + Limits.NEVER_NANOS) : polledNanos;
    }

    /** What was counted; {@code restarts} is how often what brings the frames began anew. */
    SourceTally tally(long restarts) {
        return new SourceTally(dropped.get(), refused.get(), restarts, staleness.silent());
    }

    // ---- both

    void close() {
        closed.set(true);
    }

    boolean closed() {
        return closed.get();
    }
}
