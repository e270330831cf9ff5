package io.fulmar.agent.api.serve;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Something that a caller wants done with a model, by the thread that has it. Thread-safe. */
final class Job<T> {
    private final ModelUse<T> use;
    private final long deadlineNanos;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final AtomicReference<@Nullable T> result = new AtomicReference<>();
    private final AtomicReference<@Nullable ServeException> trouble = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    private enum State {
        WAITING,
        BEGUN,
        WITHDRAWN
    }

    /** @param deadlineNanos when nobody waits for its beginning any more */
    Job(ModelUse<T> use, long deadlineNanos) {
        this.use = use;
        this.deadlineNanos = deadlineNanos;
    }

    /** Whether it is to be done now; nobody else does it then. */
    boolean begin() {
        return state.compareAndSet(State.WAITING, State.BEGUN);
    }

    /** @param well is run when it has gone well, before the caller hears of it */
    void run(Loaded model, Runnable well) throws ServeException {
        result.set(use.with(model));
        well.run();
        ended.countDown();
    }

    void fail(ServeException why) {
        trouble.set(why);
        ended.countDown();
    }

    /** Waits until the deadline for its beginning, and then for its end. */
    T await() throws ServeException {
        if (!ends(deadlineNanos - System.nanoTime())) {
            if (state.compareAndSet(State.WAITING, State.WITHDRAWN)) {
                throw new ServeException(ServeException.Kind.LATE, "its turn did not come before its deadline", 1);
            }
            if (!ends(Limits.RUN.toNanos())) {
                throw new ServeException(ServeException.Kind.FAILED, "the model does not come back");
            }
        }
        ServeException why = trouble.get();
        if (why != null) {
            throw why;
        }
        T value = result.get();
        if (value == null) {
            throw new IllegalStateException("a job without a result");
        }
        return value;
    }

    private boolean ends(long nanos) {
        try {
            return ended.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
