package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.metrics.FleetFacts;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.Totals;
import io.fulmar.sync.wire.Status;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What devices say of themselves, all together; read again every few seconds at most, however many ask. Thread-safe. */
public final class FleetHealth implements FleetFacts {
    private final Reader reader;
    private final LiveFeed feed;
    private final Supplier<IngestStatus> ingest;
    private final InstantSource clock;
    private final AtomicReference<@Nullable View> known = new AtomicReference<>();

    /**
     * What they said as of some time.
     *
     * @param wrong devices with something wrong
     * @param alarms the newest
     *     <p>Immutable.
     */
    record View(long atMillis, long waitingRows, long wrong, List<Alarm> alarms, Map<String, Long> conditions) {}

    /** A device and what is wrong with it. Immutable. */
    record Alarm(String device, Status.Condition condition) {}

    public FleetHealth(Reader reader, LiveFeed feed, Supplier<IngestStatus> ingest, InstantSource clock) {
        this.reader = reader;
        this.feed = feed;
        this.ingest = ingest;
        this.clock = clock;
    }

    View view() {
        View view = known.get();
        long now = clock.millis();
        if (view == null || Math.abs(now - view.atMillis()) >= Limits.SAMPLE_EVERY.toMillis()) {
            view = look(now);
            known.set(view);
        }
        return view;
    }

    private View look(long now) {
        long waiting = 0;
        long wrong = 0;
        List<Alarm> alarms = new ArrayList<>();
        Map<String, Long> conditions = new TreeMap<>();
        for (DeviceRow device : reader.read(queries -> queries.devices())) {
            waiting += device.buffered();
            if (!device.conditions().isEmpty()) {
                wrong++;
                device.conditions().forEach(condition -> alarms.add(new Alarm(device.device(), condition)));
                device.conditions().stream()
                        .map(Status.Condition::name)
                        .distinct()
                        .forEach(name -> conditions.merge(name, 1L, Long::sum));
            }
        }
        List<Alarm> newest = alarms.stream()
                .sorted((one, other) -> Long.compare(
                        other.condition().sinceMillis(), one.condition().sinceMillis()))
                .limit(Limits.ALARMS_SHOWN)
                .toList();
        return new View(now, waiting, wrong, newest, Map.copyOf(conditions));
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
