package io.fulmar.cli.sim;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.sync.mqtt.Credentials;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.LinkException;
import io.fulmar.sync.mqtt.LinkException.Category;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Many devices on one thread: they connect, record for a while, and send until the fleet has everything. It ends by itself:
 * when all is acknowledged, or when nothing was for as long as it is patient. Owned by the thread that runs it.
 */
final class Simulation {
    private final SimPlan plan;
    private final Broker broker;
    private final Consumer<Progress> progress;
    private final SimLedger ledger = new SimLedger();
    private final Counters counters = new Counters();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final Queue<Event> events = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>();
    private final List<SimDevice> devices = new ArrayList<>();
    private final List<Long> reconnectedMillis = new ArrayList<>();
    private final long startedNanos = System.nanoTime();
    private long restNanos;
    private long reportedNanos;
    private long reportedAcknowledged;
    private long stormNanos = Long.MAX_VALUE;
    private long stormBegan;

    /** Where the devices connect, and how. */
    record Broker(URI url, @Nullable Tls tls, @Nullable Credentials credentials, String prefix) {
        LinkConfig.Builder settings(String clientId) {
            return LinkConfig.builder(url, clientId)
                    .tls(tls)
                    .credentials(credentials)
                    .connectTimeout(Duration.ofSeconds(30));
        }
    }

    /** How it goes. */
    record Progress(
            String phase,
            Duration elapsed,
            int welcome,
            int devices,
            long recorded,
            long acknowledged,
            double perSecond,
            long p99Millis) {}

    private record Event(SimDevice device, LightLink link, LinkEvent event) {}

    private record Due(long nanos, int order, SimDevice device) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            int byTime = Long.compare(nanos, other.nanos);
            return byTime != 0 ? byTime : Integer.compare(order, other.order);
        }
    }

    Simulation(SimPlan plan, Broker broker, Consumer<Progress> progress) {
        this.plan = plan;
        this.broker = broker;
        this.progress = progress;
    }

    /** Runs it to its end. What makes it impossible is a {@link LinkException}. */
    SimReport run() {
        broker.settings(plan.name(1)).build(); // says what is wrong with the address before anything is made
        makeDevices();
        try {
            awaitFirst();
            long connectNanos = connectAll();
            long startNanos = System.nanoTime();
            devices.forEach(device -> device.start(startNanos));
            devices.forEach(device -> wake(device, startNanos));
            restNanos = 0;
            long last = startNanos + plan.duration().toNanos();
            stormNanos = plan.faults().storm() == null
                    ? Long.MAX_VALUE
                    : startNanos + plan.faults().storm().toNanos();
            while (System.nanoTime() < last && !ended.get()) {
                turn("recording");
            }
            long end = Math.min(last, System.nanoTime());
            devices.forEach(device -> device.stop(end));
            stormNanos = Long.MAX_VALUE;
            long stopped = System.nanoTime();
            devices.forEach(device -> wake(device, stopped));
            long acknowledgedInTime = acknowledged();
            drain();
            long done = System.nanoTime();
            double busy = 1 - restNanos / (double) Math.max(1, done - startNanos);
            return report(connectNanos, stopped - startNanos, acknowledgedInTime, done - stopped, busy);
        } finally {
            leave();
        }
    }

    /** Has the devices record no more, before the time is over. Thread-safe. */
    void end() {
        ended.set(true);
    }

    private void makeDevices() {
        var world = new SimDevice.World(
                new Wire(new Topics(broker.prefix())),
                (device, config) -> new LightLink(config, (link, event) -> events.add(new Event(device, link, event))),
                ledger,
                counters,
                new FaultLog(InstantSource.system()),
                startedNanos,
                System.currentTimeMillis());
        for (int number = 1; number <= plan.devices(); number++) {
            var device = new SimDevice(
                    number,
                    plan,
                    world,
                    broker.settings(plan.name(number)),
                    number == 1 ? startedNanos : Long.MAX_VALUE);
            devices.add(device);
        }
    }

    /** One device goes ahead, so that what is wrong with all of them is said once. */
    private void awaitFirst() {
        SimDevice first = devices.getFirst();
        long begin = System.nanoTime();
        wake(first, begin);
        while (ledger.everWelcome() == 0) {
            turn("connecting");
            LinkEvent.Disconnected loss = ledger.lastLoss();
            boolean late = System.nanoTime() - begin > Limits.FIRST_CONNECTION.toNanos();
            if (loss != null && (loss.kind() == LinkEvent.Kind.REFUSED || ledger.connectionsFailed() >= 3 || late)) {
                throw new LinkException(Category.TRANSIENT, loss.reason(), loss.hint());
            }
            if (late) {
                throw new LinkException(
                        Category.TRANSIENT,
                        "the broker at " + broker.url() + " is there, but no fleet service answers under the prefix "
                                + broker.prefix(),
                        "start one with 'fulmar fleet serve', or name its prefix with --prefix");
            }
        }
    }

    /** The others follow; ends when all are there, or when nobody has come for as long as it is patient. */
    private long connectAll() {
        long begin = System.nanoTime();
        for (int i = 1; i < devices.size(); i++) {
            SimDevice device = devices.get(i);
            long at = begin + (long) (plan.ramp().toNanos() * (i / (double) devices.size()));
            device.connectFrom(at);
            wake(device, at);
        }
        int before = 0;
        long progressNanos = begin + plan.ramp().toNanos();
        while (ledger.everWelcome() < devices.size()) {
            turn("connecting");
            if (ledger.everWelcome() != before) {
                before = ledger.everWelcome();
                progressNanos = Math.max(progressNanos, System.nanoTime());
            }
            if (System.nanoTime() - progressNanos > plan.patience().toNanos()) {
                break;
            }
        }
        return System.nanoTime() - begin;
    }

    private void drain() {
        long before = acknowledged() + ledger.welcome();
        long progressNanos = System.nanoTime();
        while ((buffered() > 0 || stormBegan != 0)
                && System.nanoTime() - progressNanos <= plan.patience().toNanos()) {
            long until = System.nanoTime() + Duration.ofMillis(100).toNanos();
            while (System.nanoTime() < until) {
                turn("draining");
            }
            long now = acknowledged() + ledger.welcome();
            if (now != before) {
                before = now;
                progressNanos = System.nanoTime();
            }
        }
    }

    /** Handles what happened and what is due, and rests if that was nothing. */
    private void turn(String phase) {
        long now = System.nanoTime();
        int done = 0;
        for (Event event = events.poll(); event != null; event = events.poll()) {
            event.device().happened(event.link(), event.event(), now);
            wake(event.device(), now);
            if (++done >= Limits.EVENTS_AT_ONCE) {
                break;
            }
        }
        now = System.nanoTime();
        if (stormNanos <= now) {
            storm(now);
        }
        for (Due next = due.peek(); next != null && next.nanos() <= now; next = due.peek()) {
            due.remove();
            if (next.device().wakesAt(next.nanos())) {
                wake(next.device(), next.device().work(now));
                done++;
            }
        }
        say(phase, now);
        if (done == 0) {
            LockSupport.parkNanos(Limits.REST.toNanos());
            restNanos += System.nanoTime() - now;
        }
    }

    private void wake(SimDevice device, long nanos) {
        if (device.wakeAt(nanos)) {
            due.add(new Due(nanos, device.number(), device));
        }
    }

    /** All connections break at the same moment; how long it takes until all are welcome again is measured. */
    private void storm(long now) {
        for (SimDevice device : devices) {
            device.cut(now);
            wake(device, now);
        }
        stormBegan = now;
        Duration every = plan.faults().storm();
        stormNanos = every == null ? Long.MAX_VALUE : now + every.toNanos();
    }

    private void say(String phase, long now) {
        if (stormBegan != 0 && ledger.welcome() == devices.size()) {
            reconnectedMillis.add((now - stormBegan) / 1_000_000);
            stormBegan = 0;
        }
        if (now - reportedNanos < Limits.PROGRESS_EVERY.toNanos()) {
            return;
        }
        long acknowledged = acknowledged();
        double seconds = (now - reportedNanos) / 1e9;
        progress.accept(new Progress(
                phase,
                Duration.ofNanos(now - startedNanos),
                ledger.welcome(),
                devices.size(),
                recorded(),
                acknowledged,
                reportedNanos == 0 ? 0 : (acknowledged - reportedAcknowledged) / seconds,
                ledger.lately().percentile(0.99)));
        ledger.lately().clear();
        reportedNanos = now;
        reportedAcknowledged = acknowledged;
    }

    private long recorded() {
        return devices.stream().mapToLong(device -> device.store().recorded()).sum();
    }

    private long acknowledged() {
        return devices.stream()
                .mapToLong(device -> device.store().acknowledged())
                .sum();
    }

    private long buffered() {
        return devices.stream().mapToLong(device -> device.store().buffered()).sum();
    }

    private void leave() {
        events.clear();
        long closed = devices.stream().filter(SimDevice::close).count();
        long until = System.nanoTime() + Limits.LEAVE.toNanos();
        while (closed > 0 && System.nanoTime() < until) {
            Event event = events.poll();
            if (event == null) {
                LockSupport.parkNanos(Limits.REST.toNanos());
            } else if (event.event() instanceof LinkEvent.Disconnected) {
                closed--;
            }
        }
    }

    private SimReport report(
            long connectNanos, long recordingNanos, long acknowledgedInTime, long drainNanos, double busy) {
        return new SimReport(
                plan,
                ledger.everWelcome(),
                Duration.ofNanos(connectNanos),
                Duration.ofNanos(recordingNanos),
                Duration.ofNanos(drainNanos),
                recorded(),
                acknowledged(),
                acknowledgedInTime,
                devices.stream().mapToLong(device -> device.store().setAside()).sum(),
                ledger.latencies().percentile(0.5),
                ledger.latencies().percentile(0.99),
                ledger.latencies().longest(),
                ledger.connectionsLost(),
                ledger.connectionsFailed(),
                List.copyOf(reconnectedMillis),
                counters.get(Counter.BATCHES),
                counters.get(Counter.BATCH_BYTES),
                counters.get(Counter.RESENDS),
                ledger.resendsAsked(),
                ledger.pausesAsked(),
                ledger.epochsEnded(),
                busy,
                ledger.taken() == null ? null : ledger.taken().reason(),
                devices.stream().map(SimDevice::kept).toList());
    }
}
