package io.fulmar.agent.run;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Something that another thread wants done by the one that owns an {@code S}, between two of its steps. Thread-safe. */
final class Errand<S, T> {
    private final Function<S, T> what;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final AtomicReference<@Nullable T> result = new AtomicReference<>();
    private final AtomicReference<@Nullable RuntimeException> trouble = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    private enum State {
        WAITING,
        BEGUN,
        WITHDRAWN
    }

    Errand(Function<S, T> what) {
        this.what = what;
    }

    /** Does it, unless nobody wants it any more; on the owner's thread. What it throws is its sender's. */
    void run(S owned) {
        if (!state.compareAndSet(State.WAITING, State.BEGUN)) {
            return;
        }
        try {
            result.set(what.apply(owned));
        } catch (RuntimeException e) {
            trouble.set(e);
        } finally {
            ended.countDown();
        }
    }

    /** Waits this long for its beginning, and as long again for its end. */
    Asked<T> await(Duration limit) {
        if (!ends(limit)) {
            if (state.compareAndSet(State.WAITING, State.WITHDRAWN)) {
                return new Asked.NotBegun<>();
            }
            if (!ends(limit)) {
                return new Asked.NotEnded<>();
            }
        }
        RuntimeException thrown = trouble.get();
        if (thrown != null) {
            throw thrown;
        }
        T value = result.get();
        if (value == null) {
            throw new IllegalStateException("an errand without a result");
        }
        return new Asked.Done<>(value);
    }

    private boolean ends(Duration limit) {
        try {
            return ended.await(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
