package io.fulmar.agent.health;

import io.fulmar.sync.log.RateLimit;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A bounded log of distinct faults with their counts: a fault that repeats a million times is one entry and some
 * twenty log lines, since only its 1st, 2nd, 4th, 8th… time is logged; many different ones are logged at a bounded rate.
 * When it is full, the fault that was not seen for the longest time gives way. Thread-safe.
 */
public final class FaultLog {
    private final InstantSource wallClock;
    private final LongSupplier nanoClock;
    private final RateLimit limit = new RateLimit(Limits.FAULT_LINES, Limits.FAULT_LINE_EVERY);
    private final ConcurrentHashMap<Key, Kept> faults = new ConcurrentHashMap<>();
    private final AtomicLong total = new AtomicLong();

    private record Key(String where, String message) {}

    /** A fault and its place in the order in which faults were seen last. */
    private record Kept(Fault fault, long order) {}

    public FaultLog(InstantSource wallClock) {
        this(wallClock, System::nanoTime);
    }

    FaultLog(InstantSource wallClock, LongSupplier nanoClock) {
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
    }

    /** Counts one fault. */
    public void record(String where, @Nullable String what, @Nullable String hint) {
        String message = shortened(what == null ? "no message" : what);
        long now = wallClock.millis();
        Key key = new Key(where, message);
        long order = total.incrementAndGet();
        Kept kept = faults.merge(
                key,
                new Kept(new Fault(where, message, hint, 1, now, now), order),
                (old, fresh) -> new Kept(old.fault().again(now), order));
        if (faults.size() > Limits.MAX_FAULTS) {
            faults.entrySet().stream()
                    .min(Comparator.comparingLong(entry -> entry.getValue().order()))
                    .ifPresent(oldest -> faults.remove(oldest.getKey(), oldest.getValue()));
        }
        if (Long.bitCount(kept.fault().count()) == 1) {
            log(kept.fault());
        }
    }

    /** All faults so far, also those that gave way to others. */
    public long total() {
        return total.get();
    }

    /** The distinct faults, the latest first. */
    public List<Fault> latest() {
        return faults.values().stream()
                .sorted(Comparator.comparingLong(Kept::order).reversed())
                .map(Kept::fault)
                .toList();
    }

    private void log(Fault fault) {
        long heldBack = limit.pass(nanoClock.getAsLong());
        if (heldBack >= 0) {
            LoggerFactory.getLogger(fault.where())
                    .warn(
                            "{}{}{}{}",
                            fault.message(),
                            fault.hint() == null ? "" : " | " + fault.hint(),
                            times(fault.count()),
                            heldBack == 0 ? "" : " (" + heldBack + " other faults were not logged)");
        }
    }

    private static String times(long count) {
        return count == 1 ? "" : " (" + count + " times)";
    }

    private static String shortened(String message) {
        return message.length() <= Limits.MAX_MESSAGE ? message : message.substring(0, Limits.MAX_MESSAGE) + "…";
    }
}
