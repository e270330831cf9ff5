package io.fulmar.agent;

import io.fulmar.agent.health.DeviceClock;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.Stamper;
import io.fulmar.agent.run.RecordQueue;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.util.function.IntSupplier;

/** What happened to this device itself, stamped with its own time and recorded as events. Thread-safe. */
final class DeviceHistory implements Stamper {
    private final DeviceClock clock;
    private final RecordQueue queue;
    private final IntSupplier boot;
    private final long startNanos = System.nanoTime();

    /** @param boot which start this is; asked each time, since a store that cannot be opened yet has none */
    DeviceHistory(DeviceClock clock, RecordQueue queue, IntSupplier boot) {
        this.clock = clock;
        this.queue = queue;
        this.boot = boot;
    }

    @Override
    public Stamp now() {
        DeviceClock.Reading now = clock.read();
        return new Stamp(now.wallMillis(), uptimeMillis(), boot.getAsInt(), now.offsetMillis());
    }

    long uptimeMillis() {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    void add(String name, String text) {
        queue.record(Stream.EVENT, new DeviceEvent(now(), name, text));
    }

    /** What the fleet needs to correct the rows that were stamped before. */
    void clockKnown(DeviceClock.Known known) {
        add(
                DeviceEvent.CLOCK_KNOWN,
                "by " + known.by() + ": the wall clock is off by " + -known.offsetMillis() + " ms, known to "
                        + known.errorMillis() + " ms");
    }

    /** What was in native code when the process before this one ended. */
    void died(Breadcrumbs breadcrumbs) {
        for (Breadcrumbs.Crumb crumb : breadcrumbs.found()) {
            add("agent.died", "it was in native code: " + crumb.said() + ", of the model file sha256:" + crumb.model());
        }
    }
}
