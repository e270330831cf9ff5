package io.fulmar.agent.run;

import io.fulmar.agent.os.ServiceManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager that the agent runs: ready once every thread that matters has turned, alive only while each of
 * them goes on turning. Where one is stuck it says nothing more, and the service manager starts the agent anew. Owned by its
 * thread.
 */
public final class Watchdog implements Worker {
    private static final Logger LOG = LoggerFactory.getLogger("service");

    private final ServiceManager manager;
    private final Supplier<List<Runner.Running>> threads;
    private final Supplier<String> status;
    private final long everyNanos;
    private final long patienceNanos;
    private Map<Runner.Running, Beat> beats = Map.of();
    private List<String> stuck = List.of();
    private boolean ready;
    private boolean told;
    private long toldAtNanos;

    /** How often a thread had turned when it was last seen to do so. */
    private record Beat(long turns, long sinceNanos) {}

    /**
     * @param threads those without which a device does not do its work; asked each time, since pipelines come and go
     * @param status one line on how it goes
     */
    public Watchdog(ServiceManager manager, Supplier<List<Runner.Running>> threads, Supplier<String> status) {
        this.manager = manager;
        this.threads = threads;
        this.status = status;
        Duration watchdog = manager.watchdog();
        this.everyNanos = watchdog.isZero()
                ? Limits.SERVICE_STATUS.toNanos()
                : Math.min(watchdog.toNanos() / 4, Limits.SERVICE_STATUS.toNanos());
        this.patienceNanos = watchdog.isZero() ? Long.MAX_VALUE : watchdog.toNanos() / 2;
    }

    @Override
    public int work(long nowNanos) {
        boolean allTurned = look(nowNanos);
        if (!ready) {
            ready = allTurned && manager.ready(status.get());
        } else if (!told || nowNanos - toldAtNanos >= everyNanos) {
            tell(nowNanos);
        }
        return 0;
    }

    /** Notes which threads have turned since the last look; returns whether each has turned at least once. */
    private boolean look(long nowNanos) {
        Map<Runner.Running, Beat> seen = new HashMap<>();
        boolean allTurned = true;
        for (Runner.Running thread : threads.get()) {
            long turns = thread.turns();
            Beat before = beats.get(thread);
            seen.put(thread, before != null && before.turns() == turns ? before : new Beat(turns, nowNanos));
            allTurned &= turns > 0;
        }
        beats = seen;
        return allTurned;
    }

    private void tell(long nowNanos) {
        List<String> late = new ArrayList<>();
        beats.forEach((thread, beat) -> {
            if (nowNanos - beat.sinceNanos() >= patienceNanos) {
                late.add(thread.name());
            }
        });
        late.sort(null);
        if (late.isEmpty()) {
            told = manager.watchdog().isZero() ? manager.status(status.get()) : manager.alive(status.get());
        } else {
            if (!late.equals(stuck)) {
                LOG.error(
                        "stuck for {} s: {}; the service manager gets no more signs of life and starts the agent anew",
                        Duration.ofNanos(patienceNanos).toSeconds(),
                        String.join(", ", late));
            }
            told = manager.status("stuck: " + String.join(", ", late));
        }
        stuck = late;
        toldAtNanos = nowNanos;
    }

    @Override
    public long idleNanos(long nowNanos) {
        return ready && told ? Math.min(everyNanos / 4, Limits.SLEEP.toNanos()) : Limits.SERVICE_START.toNanos();
    }
}
