package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.server.EventStream;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.fleet.query.NumberedPrediction;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.query.Totals;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again what is new in the database, for those who listen: new records, and the fleet in a few numbers, of
 * which it remembers the last minutes. It reads nothing but that while nobody listens. {@link #work} is for one thread, the
 * rest is thread-safe.
 */
public final class LiveFeed {
    private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);

    private final RateLimitedLog failures = new RateLimitedLog(LOG);
    private final Reader reader;
    private final InstantSource clock;
    private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
    private final AtomicReference<List<Sample>> samples = new AtomicReference<>(List.of());
    private final Deque<Sample> kept = new ArrayDeque<>();
    private long nextSample = Long.MIN_VALUE;
    private long nextRecords = Long.MIN_VALUE;
    private long last = -1;

    /**
     * The fleet at one time.
     *
     * @param perSecond records a second since the sample before
     *     <p>Immutable.
     */
    record Sample(long atMillis, Totals totals, double perSecond) {}

    /** Who listens to the records of one device, or of all. */
    private record Listener(@Nullable String device, EventStream events) {}

    public LiveFeed(Reader reader, InstantSource clock) {
        this.reader = reader;
        this.clock = clock;
    }

    /** The last minutes, oldest first. */
    List<Sample> samples() {
        return Objects.requireNonNull(samples.get());
    }

    int listeners() {
        return listeners.size();
    }

    /** Tells this one of what is new from now on; false if there are too many already. */
    boolean subscribe(@Nullable String device, EventStream events) {
        if (listeners.size() >= Limits.EVENT_LISTENERS) {
            return false;
        }
        var listener = new Listener(device, events);
        listeners.add(listener);
        events.onClose(() -> listeners.remove(listener));
        return true;
    }

    /** Looks what is new, if it is time to; returns how much there was. */
    public int work(long nowNanos) {
        try {
            int done = 0;
            if (nowNanos - nextSample >= 0 || nextSample == Long.MIN_VALUE) {
                nextSample = nowNanos + Limits.SAMPLE_EVERY.toNanos();
                sample();
                done++;
            }
            if (nowNanos - nextRecords >= 0 || nextRecords == Long.MIN_VALUE) {
                nextRecords = nowNanos + Limits.EVENTS_EVERY.toNanos();
                done += records();
            }
            return done;
        } catch (FleetException e) {
            failures.warn(nowNanos, "cannot see what is new", e.getMessage() + "; " + e.hint());
            return 0;
        }
    }

    private void sample() {
        Totals totals = reader.page(queries -> queries.totals());
        long now = clock.millis();
        Sample before = kept.peekLast();
        double perSecond = before == null || now <= before.atMillis()
                ? 0
                : Math.max(0, 1000.0 * (totals.rows() - before.totals().rows()) / (now - before.atMillis()));
        var sample = new Sample(now, totals, perSecond);
        kept.addLast(sample);
        while (kept.size() > Limits.SAMPLES) {
            kept.removeFirst();
        }
        samples.set(List.copyOf(kept));
        String json = QueryJson.object(out -> OverviewRoutes.sample(out, sample));
        listeners.forEach(listener -> listener.events().send("sample", Long.toString(now), json));
    }

    private int records() {
        if (listeners.isEmpty()) {
            last = -1;
            return 0;
        }
        long from = last >= 0 ? last : reader.page(queries -> queries.totals()).lastRecord();
        List<NumberedPrediction> found = reader.page(queries -> queries.since(from, Limits.EVENT_RECORDS));
        last = found.isEmpty() ? from : found.getLast().number();
        if (found.size() == Limits.EVENT_RECORDS) {
            last = -1; // more than anybody can read: go on with the newest
        }
        for (Listener listener : listeners) {
            List<NumberedPrediction> wanted = found.stream()
                    .filter(record -> listener.device() == null
                            || Objects.equals(record.row().device(), listener.device()))
                    .toList();
            if (!wanted.isEmpty()) {
                listener.events()
                        .send("predictions", Long.toString(wanted.getLast().number()), json(wanted));
            }
        }
        return found.size();
    }

    private static String json(List<NumberedPrediction> records) {
        return QueryJson.object(json ->
                DeviceRoutes.array(json, "items", records, (out, record) -> QueryJson.prediction(out, record.row())));
    }

    /** Sends everybody away. */
    public void close() {
        listeners.forEach(listener -> listener.events().close());
    }
}
