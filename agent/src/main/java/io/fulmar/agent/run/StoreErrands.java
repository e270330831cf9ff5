package io.fulmar.agent.run;

import io.fulmar.sync.outbox.RowStore;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Function;

/** What other threads want done with the store, which the store thread has for itself. Thread-safe. */
public final class StoreErrands {
    private final ArrayBlockingQueue<Errand<RowStore, ?>> waiting = new ArrayBlockingQueue<>(Limits.ERRANDS);
    private final Doorbell doorbell;

    public StoreErrands(Doorbell doorbell) {
        this.doorbell = doorbell;
    }

    /** Waits for it: this long for the beginning, as long again for the end. What it throws is thrown here. */
    public <T> Asked<T> ask(Function<RowStore, T> what, Duration limit) {
        Errand<RowStore, T> errand = new Errand<>(what);
        if (!waiting.offer(errand)) {
            return new Asked.NotBegun<>();
        }
        doorbell.ring();
        return errand.await(limit);
    }

    /** Does what waits; on the store thread. Returns how much that was. */
    public int run(RowStore store) {
        int done = 0;
        for (Errand<RowStore, ?> errand = waiting.poll(); errand != null; errand = waiting.poll()) {
            errand.run(store);
            done++;
        }
        return done;
    }
}
