package io.fulmar.agent.health;

import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A bounded log of distinct faults with their counts: a fault that repeats a million times is one entry and some
 * twenty log lines, since only its 1st, 2nd, 4th, 8th… time is logged. Thread-safe.
 */
public final class FaultLog {
    private final InstantSource wallClock;
    private final ConcurrentHashMap<Key, Fault> faults = new ConcurrentHashMap<>();
    private final AtomicLong total = new AtomicLong();

    private record Key(String where, String message) {}

    public FaultLog(InstantSource wallClock) {
        this.wallClock = wallClock;
    }

    /** Counts one fault. */
    public void record(String where, @Nullable String what, @Nullable String hint) {
        total.incrementAndGet();
        String message = shortened(what == null ? "no message" : what);
        long now = wallClock.millis();
        Key key = new Key(where, message);
        if (faults.size() >= Limits.MAX_FAULTS && !faults.containsKey(key)) {
            return;
        }
        Fault fault = faults.merge(key, new Fault(where, message, hint, 1, now, now), (old, fresh) -> old.again(now));
        if (Long.bitCount(fault.count()) == 1) {
            LoggerFactory.getLogger(where)
                    .warn("{}{}{}", message, hint == null ? "" : " | " + hint, times(fault.count()));
        }
    }

    /** All faults so far, also those that found no room in the log. */
    public long total() {
        return total.get();
    }

    /** The distinct faults, the latest first. */
    public List<Fault> latest() {
        return faults.values().stream()
                .sorted(Comparator.comparingLong(Fault::lastWallMillis).reversed())
                .toList();
    }

    private static String times(long count) {
        return count == 1 ? "" : " (" + count + " times)";
    }

    private static String shortened(String message) {
        return message.length() <= Limits.MAX_MESSAGE ? message : message.substring(0, Limits.MAX_MESSAGE) + "…";
    }
}
