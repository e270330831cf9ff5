package io.fulmar.agent.run;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Wakes the thread of one worker; a ring before it sleeps is not lost. Thread-safe. */
public final class Doorbell {
    private final AtomicReference<@Nullable Thread> sleeper = new AtomicReference<>();

    /** Wakes the worker's thread, if it has one. */
    public void ring() {
        LockSupport.unpark(sleeper.get());
    }

    void belongsTo(Thread thread) {
        sleeper.set(thread);
    }
}
