package io.fulmar.agent.run;

import io.fulmar.agent.os.ServiceManager;
import io.fulmar.sync.wire.ModelRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager that the agent runs: ready once every thread that matters has turned, alive only while each of
 * them goes on turning. Where one is stuck it says nothing more, and the service manager starts the agent anew. It does not
 * wait for that where it is a pipeline: it throws, for which the {@link CrashHandler} ends the process. Owned by its thread.
 */
public final class Watchdog implements Worker {
    private static final Logger LOG = LoggerFactory.getLogger("service");

    private final ServiceManager manager;
    private final Supplier<List<Runner.Running>> threads;
    private final Supplier<List<Stuck>> pipelines;
    private final Predicate<ModelRef> passing;
    private final Consumer<String> history;
    private final Supplier<String> status;
    private final long everyNanos;
    private final long patienceNanos;
    private Map<Runner.Running, Beat> beats = Map.of();
    private List<String> stuck = List.of();
    private boolean ready;
    private boolean told;
    private long toldAtNanos;
    /** Since when each pipeline that is stuck has been seen so: a process that was stopped for an hour begins at nothing. */
    private final Map<String, Long> seenStuck = new HashMap<>();

    /** How often a thread had turned when it was last seen to do so. */
    private record Beat(long turns, long sinceNanos) {}

    /**
     * @param threads those without which a device does not do its work; asked each time, since pipelines come and go
     * @param pipelines those that are stuck
     * @param passing whether a model is on trial or on its way out, so that it is undone before the process has to end
     * @param history takes what is to be known of the process when it has ended
     * @param status one line on how it goes
     */
    Watchdog(
            ServiceManager manager,
            Supplier<List<Runner.Running>> threads,
            Supplier<List<Stuck>> pipelines,
            Predicate<ModelRef> passing,
            Consumer<String> history,
            Supplier<String> status) {
        this.manager = manager;
        this.threads = threads;
        this.pipelines = pipelines;
        this.passing = passing;
        this.history = history;
        this.status = status;
        Duration watchdog = manager.watchdog();
        this.everyNanos = watchdog.isZero()
                ? Limits.SERVICE_STATUS.toNanos()
                : Math.min(watchdog.toNanos() / 4, Limits.SERVICE_STATUS.toNanos());
        this.patienceNanos = watchdog.isZero() ? Long.MAX_VALUE : watchdog.toNanos() / 2;
    }

    /** One that looks after those threads and after those pipelines. */
    public static Watchdog over(
            ServiceManager manager,
            Supplier<List<Runner.Running>> threads,
            Pipelines pipelines,
            Predicate<ModelRef> passing,
            Consumer<String> history,
            Supplier<String> status) {
        return new Watchdog(manager, threads, pipelines::stuck, passing, history, status);
    }

    @Override
    public int work(long nowNanos) {
        if (manager.supervises()) {
            endWhereStuck(nowNanos);
        }
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

    private void endWhereStuck(long nowNanos) {
        List<Stuck> now = pipelines.get();
        seenStuck.keySet().retainAll(now.stream().map(Stuck::pipeline).toList());
        now.forEach(it -> seenStuck.putIfAbsent(it.pipeline(), nowNanos));
        for (Stuck it : now) {
            if (isOverdue(it, nowNanos)) {
                String text = "pipeline " + it.pipeline() + ": " + it.said();
                LOG.error("{}; the process ends, so that it is started again", text);
                history.accept(text);
                throw new StuckException(text);
            }
        }
    }

    private boolean isOverdue(Stuck it, long nowNanos) {
        return it.isOverdue()
                && nowNanos - seenStuck.getOrDefault(it.pipeline(), nowNanos)
                        >= it.limit().toNanos()
                && (it.since().compareTo(Limits.STUCK_TRIAL) > 0 || !passing.test(it.model()));
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
