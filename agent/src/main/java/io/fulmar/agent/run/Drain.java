package io.fulmar.agent.run;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The end of an agent's life, after its threads: what was recorded still gets its chance to reach the fleet. Immutable. */
public final class Drain {
    private static final Duration STEP = Duration.ofMillis(2);

    private Drain() {}

    /** Commits what waits, then sends for at most this long while there is a connection and something to send. */
    public static void run(StoreWorker store, ControlWorker control, Duration limit) {
        store.flush();
        long end = System.nanoTime() + limit.toNanos();
        for (long now = System.nanoTime(); now - end < 0; now = System.nanoTime()) {
            if (!control.connected() || store.buffered() == 0) {
                break;
            }
            if (control.work(now) + store.work(now) == 0) {
                LockSupport.parkNanos(STEP.toNanos());
            }
        }
        store.flush();
    }
}
