package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.wire.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Batches that came another way than over the broker, and wait for the ingest to store them. Thread-safe. */
public final class Carried {
    private final BlockingQueue<Waiting> waiting = new ArrayBlockingQueue<>(Limits.CARRIED_BATCHES);

    /** A batch, and where to say what became of it. */
    record Waiting(String device, Batch batch, CompletableFuture<Verdict> verdict) {}

    /** Has the batch stored, and waits for it. A {@link FleetException} says why it was not. */
    public Verdict store(String device, Batch batch) {
        Waiting mine = new Waiting(device, batch, new CompletableFuture<>());
        try {
            long millis = Limits.CARRIED_PATIENCE.toMillis();
            if (!waiting.offer(mine, millis, TimeUnit.MILLISECONDS)) {
                throw busy();
            }
            return mine.verdict().get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw busy();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof FleetException it ? it : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy();
        }
    }

    private static FleetException busy() {
        return new FleetException(
                Category.TRANSIENT,
                "the rows could not be stored in time",
                "send the file again: what is stored by now is stored once");
    }

    /** What waits now. */
    List<Waiting> take() {
        List<Waiting> taken = new ArrayList<>();
        waiting.drainTo(taken);
        return taken;
    }
}
