package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.metrics.FleetFacts;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.ingest.Stranger;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.Totals;
import io.fulmar.fleet.sink.SinkStatus;
import io.fulmar.sync.wire.Status;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What devices say of themselves, all together; read again every few seconds at most, however many ask, and for a small part of
 * the time, however many devices there are. Thread-safe.
 */
public final class FleetHealth implements FleetFacts {
    private final Reader reader;
    private final LiveFeed feed;
    private final Supplier<IngestStatus> ingest;
    private final Supplier<@Nullable SinkStatus> sink;
    private final InstantSource clock;
    private final AtomicReference<@Nullable View> known = new AtomicReference<>();

    /**
     * What they said as of some time.
     *
     * @param lookedNanos how long it took to ask them all
     * @param wrong devices with something wrong
     * @param alarms the newest
     *     <p>Immutable.
     */
    record View(
            long atMillis,
            long lookedNanos,
            long waitingRows,
            long wrong,
            List<Alarm> alarms,
            Map<String, Long> conditions) {}

    /** A device and what is wrong with it. Immutable. */
    record Alarm(String device, Status.Condition condition) {}

    public FleetHealth(
            Reader reader,
            LiveFeed feed,
            Supplier<IngestStatus> ingest,
            Supplier<@Nullable SinkStatus> sink,
            InstantSource clock) {
        this.reader = reader;
        this.feed = feed;
        this.ingest = ingest;
        this.sink = sink;
        this.clock = clock;
    }

    View view() {
        View view = known.get();
        long now = clock.millis();
        if (view == null || Math.abs(now - view.atMillis()) >= life(view)) {
            view = look(now);
            known.set(view);
        }
        return view;
    }

    private static long life(View view) {
        return Math.max(Limits.SAMPLE_EVERY.toMillis(), view.lookedNanos() * Limits.LOOK_SHARE / 1_000_000);
    }

    private View look(long now) {
        long began = System.nanoTime();
        var sum = new Sum();
        reader.read(queries -> {
            queries.forEachDevice(sum::add);
            return sum;
        });
        ingest.get().strangers().forEach(sum::add);
        return sum.view(now, System.nanoTime() - began);
    }

    /** Adds up what devices say, and keeps no more of it than is shown. Owned by one thread. */
    private static final class Sum {
        private static final Comparator<Alarm> NEWEST_FIRST = Comparator.comparingLong(
                        (Alarm alarm) -> alarm.condition().sinceMillis())
                .reversed()
                .thenComparing(Alarm::device);

        private final Map<String, Long> conditions = new TreeMap<>();
        private List<Alarm> alarms = new ArrayList<>();
        private long waiting;
        private long wrong;

        void add(DeviceRow device) {
            waiting += device.buffered();
            if (device.conditions().isEmpty()) {
                return;
            }
            wrong++;
            device.conditions().forEach(condition -> alarms.add(new Alarm(device.device(), condition)));
            device.conditions().stream()
                    .map(Status.Condition::name)
                    .distinct()
                    .forEach(name -> conditions.merge(name, 1L, Long::sum));
            if (alarms.size() > 2 * Limits.ALARMS_SHOWN) {
                alarms = newest();
            }
        }

        /** Not one of the fleet's devices, so none with something wrong. */
        void add(Stranger stranger) {
            conditions.merge("not-enrolled", 1L, Long::sum);
            alarms.add(new Alarm(
                    stranger.device(),
                    new Status.Condition(
                            "not-enrolled",
                            "it was never enrolled: nothing of it is taken",
                            "Enrol it with 'fulmar fleet enroll', or stop whatever uses this name.",
                            stranger.sinceMillis())));
        }

        private List<Alarm> newest() {
            alarms.sort(NEWEST_FIRST);
            return new ArrayList<>(alarms.subList(0, Math.min(alarms.size(), Limits.ALARMS_SHOWN)));
        }

        View view(long now, long nanos) {
            return new View(now, nanos, waiting, wrong, List.copyOf(newest()), Map.copyOf(conditions));
        }
    }

    @Override
    public Totals totals() {
        List<LiveFeed.Sample> samples = feed.samples();
        return samples.isEmpty()
                ? reader.page(queries -> queries.totals())
                : samples.getLast().totals();
    }

    @Override
    public IngestStatus ingest() {
        return ingest.get();
    }

    @Override
    public @Nullable SinkStatus sink() {
        return sink.get();
    }

    @Override
    public long waitingRows() {
        return view().waitingRows();
    }

    @Override
    public Map<String, Long> conditions() {
        return view().conditions();
    }

    @Override
    public int listeners() {
        return feed.listeners();
    }
}
