package io.fulmar.fleet.sink;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.fleet.database.Duty;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.sink.SinkStore.Part;
import io.fulmar.fleet.sink.SinkStore.Work;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends on what is stored: reads, sends, and only then keeps how far it has got, so that whatever happens in between is sent
 * again and nothing is left out. Of several services one does it at a time. The ingest knows nothing of it. Stepped by
 * {@link #work}; owned by the sink thread, but for {@link #status}.
 */
public final class SinkPump implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkPump.class);

    private final Supplier<Session> sessions;
    private final RecordSink sink;
    private final InstantSource clock;
    private final RateLimitedLog failures = new RateLimitedLog(LOG);
    private final RateLimitedLog losses = new RateLimitedLog(LOG);
    private final AtomicReference<SinkStatus> status = new AtomicReference<>(SinkStatus.STARTING);
    private @Nullable Session session;
    private @Nullable SinkStore store;
    private @Nullable Duty duty;
    private boolean begun;
    private long nextNanos;
    private boolean counted;
    private long countNanos;
    private Duration pause = Limits.SINK_AGAIN;

    /**
     * From that database to that sink.
     *
     * @param sessions opens the database, for long; called again after a failure
     * @param sink closed with this
     */
    public SinkPump(Supplier<Session> sessions, RecordSink sink, InstantSource clock) {
        this.sessions = sessions;
        this.sink = sink;
        this.clock = clock;
    }

    /** How it goes; for any thread. */
    public SinkStatus status() {
        return Objects.requireNonNull(status.get());
    }

    /** Does what there is to do now. Returns how many records were sent. */
    public int work(long nowNanos) {
        if (begun && nowNanos - nextNanos < 0) {
            return 0;
        }
        begun = true;
        long started = System.nanoTime();
        int sent = 0;
        Duration rest;
        try {
            SinkStore open = open();
            Work work = duty(open).taken(nowNanos) ? open.due() : Work.NOTHING;
            long read = System.nanoTime() - started;
            FleetException fault = send(work.parts());
            if (fault == null) {
                sent = sent(open, work.parts(), nowNanos);
            }
            count(open, nowNanos);
            if (fault != null) {
                rest = failed(nowNanos, fault);
            } else if (work.more()) {
                rest = Duration.ZERO;
            } else {
                rest = longer(Limits.SINK_LOOK, Duration.ofNanos(read * Limits.LOOK_SHARE));
            }
        } catch (FleetException e) {
            abandon();
            rest = failed(nowNanos, e);
        }
        nextNanos = nowNanos + (System.nanoTime() - started) + rest.toNanos();
        return sent;
    }

    /** Null when all of it is safe there. */
    private @Nullable FleetException send(List<Part> parts) {
        List<SinkRecord> records =
                parts.stream().flatMap(part -> part.records().stream()).toList();
        try {
            if (!records.isEmpty()) {
                sink.send(records);
            }
            return null;
        } catch (FleetException e) {
            return e;
        }
    }

    private int sent(SinkStore open, List<Part> parts, long nowNanos) {
        if (!parts.isEmpty()) {
            open.advance(parts);
        }
        if (!status().working()) {
            LOG.info("stored records are sent on to {} again", sink.name());
        }
        pause = Limits.SINK_AGAIN;
        int records = parts.stream().mapToInt(part -> part.records().size()).sum();
        status.set(status().sent(records));
        long dropped = parts.stream().mapToLong(Part::dropped).sum();
        if (dropped > 0) {
            losses.warn(
                    nowNanos,
                    dropped + " records were dropped by their age before they were sent on to " + sink.name(),
                    "keep records, with --keep, for longer than the sink may be away");
        }
        return records;
    }

    private void count(SinkStore open, long nowNanos) {
        if (counted && nowNanos - countNanos < 0) {
            return;
        }
        long started = System.nanoTime();
        SinkStore.Count count = open.count();
        status.set(status().counted(count.waiting(), count.dropped()));
        counted = true;
        long took = System.nanoTime() - started;
        countNanos = nowNanos + Math.max(Limits.SINK_COUNT.toNanos(), took * Limits.LOOK_SHARE);
    }

    private Duration failed(long nowNanos, FleetException e) {
        String why = e.getMessage() + "; " + e.hint();
        failures.warn(nowNanos, "stored records are not sent on to " + sink.name(), why);
        status.set(status().failed(why));
        Duration rest = pause;
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(Limits.SINK_AGAIN_MOST) < 0 ? twice : Limits.SINK_AGAIN_MOST;
        return rest;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    private SinkStore open() {
        if (session == null) {
            session = sessions.get();
        }
        if (store == null) {
            store = new SinkStore(session, sink.name(), clock.millis());
        }
        return store;
    }

    private Duty duty(SinkStore open) {
        if (duty == null) {
            duty = open.duty();
        }
        return duty;
    }

    private void abandon() {
        store = null;
        duty = null;
        if (session != null) {
            session.abandon();
            session = null;
        }
    }

    @Override
    public void close() {
        try (sink) {
            abandon();
        }
    }
}
