package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Batches that came before rows that are missing. With several services the missing ones are most likely on their way into
 * the database through another one, so these are tried again for a moment before the device is asked. Owned by the ingest
 * thread.
 */
final class Early {
    private final List<Arrival> waiting = new ArrayList<>();
    private long triedNanos;

    /** Keeps a batch for another try; false when it has waited for long enough, or too many do. */
    boolean keep(Arrival arrival, long nowMillis) {
        long age = nowMillis - arrival.receivedMillis();
        boolean kept = age >= 0 && age < Limits.EARLY_PATIENCE.toMillis() && waiting.size() < Limits.EARLY_BATCHES;
        if (kept) {
            waiting.add(arrival);
        }
        return kept;
    }

    /** Adds what waits to what has arrived, if it is time to try it again; what comes first in a stream is first. */
    void join(List<Arrival> arrivals, long nowNanos) {
        boolean due = !arrivals.isEmpty() || nowNanos - triedNanos >= Limits.EARLY_RETRY.toNanos();
        if (waiting.isEmpty() || !due) {
            return;
        }
        triedNanos = nowNanos;
        arrivals.addAll(waiting);
        waiting.clear();
        arrivals.sort(Comparator.comparingLong(arrival -> arrival.batch().first()));
    }

    void clear() {
        waiting.clear();
    }
}
