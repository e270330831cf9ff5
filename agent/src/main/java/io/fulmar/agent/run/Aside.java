package io.fulmar.agent.run;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that is done on a thread of its own, since nobody knows whether it comes back. Who asked for it looks whether it
 * has, and leaves it behind when it takes too long. Thread-safe.
 */
public final class Aside<T> {
    private final FutureTask<T> task;
    private final long startNanos = System.nanoTime();

    private Aside(Supplier<T> what) {
        this.task = new FutureTask<>(what::get);
    }

    /** Begins it. */
    public static <T> Aside<T> begin(String name, Supplier<T> what) {
        Aside<T> aside = new Aside<>(what);
        Thread.ofPlatform().name("fulmar-" + name).daemon(true).start(aside.task);
        return aside;
    }

    /** What came of it; null as long as nothing has. What it threw is thrown here. */
    public @Nullable T result() {
        if (!task.isDone()) {
            return null;
        }
        return task.state() == java.util.concurrent.Future.State.SUCCESS ? task.resultNow() : thrown();
    }

    private T thrown() {
        Throwable cause = task.exceptionNow();
        if (cause instanceof RuntimeException e) {
            throw e;
        }
        throw new IllegalStateException(new ExecutionException(cause));
    }

    /** How long ago it began. */
    public Duration since() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }
}
