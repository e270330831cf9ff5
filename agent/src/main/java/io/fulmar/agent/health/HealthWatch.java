package io.fulmar.agent.health;

import io.fulmar.agent.drift.DriftView;
import io.fulmar.agent.health.DeviceClock.Known;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Welcome;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Looks about once a second at what the parts publish about themselves and keeps the {@link Conditions} true: what is
 * wrong <em>now</em>, not what ever was. Owned by the control thread.
 */
public final class HealthWatch {
    private final DeviceClock clock;
    private final Conditions conditions;
    private final Supplier<StoreView> store;
    private final Supplier<? extends List<? extends PipelineView>> pipelines;
    private final Consumer<Known> clockKnown;
    private final List<Refusal> refusals;
    private final Map<String, PipelineHealth> health = new ConcurrentHashMap<>();
    private boolean looked;
    private long lookedNanos;
    private long connectedNanos;

    /** What is read of a pipeline. */
    public interface PipelineView {
        String name();

        long predictions();

        /** Stages that failed, the source too. */
        long failures();

        /** Frames that the source failed to give. */
        long sourceFailures();

        /** Whether nothing has come to the source for longer than it may be silent. */
        boolean sourceStale();

        /** What the source, or another stage, said when it failed last; empty if none ever did. */
        String lastFailure();

        /** Why the model does not run on the delegate that it should run on; empty if it does. */
        String delegateTrouble();

        /** Where it is stuck in one step, and for how long; empty if it is not. */
        String stuck();

        /** How far what the model sees and says is from what it saw and said before. */
        DriftView drift();
    }

    /** @param clockKnown is told when the time becomes known after rows were stamped with another */
    public HealthWatch(
            DeviceClock clock,
            Conditions conditions,
            Supplier<StoreView> store,
            Counters counters,
            Supplier<? extends List<? extends PipelineView>> pipelines,
            Consumer<Known> clockKnown) {
        this.clock = clock;
        this.conditions = conditions;
        this.store = store;
        this.pipelines = pipelines;
        this.clockKnown = clockKnown;
        this.refusals = List.of(
                records(counters, Counter.REFUSED_QUEUE_FULL, "the queue to the store is full"),
                records(counters, Counter.REFUSED_TOO_LARGE, "a record is larger than a row may be"),
                records(counters, Counter.REFUSED_STORE, "the store takes none"),
                commands(counters, Counter.COMMANDS_REFUSED_UNAUTHORISED, "no operator has signed them"),
                commands(counters, Counter.COMMANDS_REFUSED_EXPIRED, "they have expired"),
                commands(counters, Counter.COMMANDS_REFUSED_UNKNOWN_TYPE, "this agent does not know them"),
                commands(counters, Counter.COMMANDS_REFUSED_MALFORMED, "they are no commands"),
                commands(counters, Counter.COMMANDS_REFUSED_TOO_OFTEN, "too many come at once"),
                commands(counters, Counter.COMMANDS_REFUSED_JOURNAL, "the journal has no room for them"));
    }

    private static Refusal records(Counters counters, Counter counter, String reason) {
        return new Refusal(counters, counter, ConditionName.RECORDS_REFUSED, reason);
    }

    private static Refusal commands(Counters counters, Counter counter, String reason) {
        return new Refusal(counters, counter, ConditionName.COMMANDS_REFUSED, reason);
    }

    // ---- the connection

    /** The link is down, or cannot come up. */
    public void disconnected(LinkEvent.Disconnected event) {
        if (event.doubtsTheClock()) {
            conditions.raise(ConditionName.CLOCK_UNSYNCHRONISED, "certificate", event.reason(), event.hint());
        }
    }

    /** The link is up: what the fleet says from now on, it says after this moment. */
    public void connected(long nowNanos) {
        conditions.clear(ConditionName.CLOCK_UNSYNCHRONISED, "certificate");
        connectedNanos = nowNanos;
    }

    /** The fleet said something, and with it what time it is. */
    public void heard(DownlinkMessage message, long nowNanos) {
        if (message instanceof Welcome) {
            clock.fleetSaid(message.nowMillis(), connectedNanos, nowNanos);
        } else {
            clock.fleetSaidAtLeast(message.nowMillis(), nowNanos);
        }
    }

    // ---- look

    /** Looks at everything, unless it did so just now. */
    public void look(long nowNanos) {
        if (looked && nowNanos - lookedNanos < Limits.LOOK_EVERY.toNanos()) {
            return;
        }
        looked = true;
        lookedNanos = nowNanos;
        lookAtTheClock(nowNanos);
        lookAtTheStore();
        lookAtRefusals(nowNanos);
        lookAtThePipelines(nowNanos);
    }

    /** Whether the device does its work. */
    public Status.Health health() {
        if (!health.isEmpty() && health.values().stream().allMatch(PipelineHealth::bringsNothing)) {
            return Status.Health.FAILED;
        }
        return conditions.now().isEmpty() ? Status.Health.HEALTHY : Status.Health.DEGRADED;
    }

    /** What is wrong now. */
    public List<Status.Condition> conditions() {
        return conditions.now();
    }

    private void lookAtTheClock(long nowNanos) {
        Known known = clock.look(nowNanos);
        if (known != null) {
            conditions.clockCorrected();
            clockKnown.accept(known);
        }
        DeviceClock.Trouble trouble = clock.trouble();
        if (trouble == null) {
            conditions.clear(ConditionName.CLOCK_UNSYNCHRONISED);
        } else {
            conditions.raise(ConditionName.CLOCK_UNSYNCHRONISED, "", trouble.reason(), trouble.hint());
        }
    }

    private void lookAtTheStore() {
        StoreView view = store.get();
        ConditionName wrong = view.health() instanceof OutboxHealth.Degraded degraded
                ? switch (degraded.kind()) {
                    case DISK_FULL -> ConditionName.DISK_FULL;
                    case READ_ONLY -> ConditionName.DISK_READ_ONLY;
                    case FAILED -> ConditionName.STORE_FAILED;
                }
                : null;
        for (ConditionName name :
                List.of(ConditionName.DISK_FULL, ConditionName.DISK_READ_ONLY, ConditionName.STORE_FAILED)) {
            if (name == wrong && view.health() instanceof OutboxHealth.Degraded degraded) {
                conditions.raise(name, "", degraded.reason(), degraded.hint());
            } else {
                conditions.clear(name);
            }
        }
        conditions.set(
                ConditionName.STORE_QUARANTINED,
                !view.damaged().isEmpty(),
                "a damaged store was set aside as " + String.join(", ", view.damaged()) + " in the state directory");
    }

    private void lookAtRefusals(long nowNanos) {
        for (Refusal refusal : refusals) {
            refusal.look(nowNanos, conditions);
        }
    }

    private void lookAtThePipelines(long nowNanos) {
        Set<String> there = new HashSet<>();
        for (PipelineView pipeline : pipelines.get()) {
            there.add(pipeline.name());
            health.computeIfAbsent(pipeline.name(), PipelineHealth::new).look(pipeline, nowNanos, conditions);
        }
        health.values().removeIf(gone -> {
            boolean remove = !there.contains(gone.name());
            if (remove) {
                gone.clear(conditions);
            }
            return remove;
        });
    }

    /** Records or commands that are refused for one cause. */
    private static final class Refusal {
        private final Counters counters;
        private final Counter counter;
        private final ConditionName condition;
        private final String reason;
        private long before;
        private long atNanos;

        Refusal(Counters counters, Counter counter, ConditionName condition, String reason) {
            this.counters = counters;
            this.counter = counter;
            this.condition = condition;
            this.reason = reason;
        }

        void look(long nowNanos, Conditions conditions) {
            long now = counters.get(counter);
            if (now > before) {
                atNanos = nowNanos;
                conditions.raise(condition, counter.name(), reason, condition.hint());
            } else if (nowNanos - atNanos > Limits.WELL_AFTER.toNanos()) {
                conditions.clear(condition, counter.name());
            }
            before = now;
        }
    }

    /** What one pipeline did between looks. */
    private static final class PipelineHealth {
        private static final String STALE =
                "nothing has come to the source for longer than stale, which the configuration says of it";

        private final String name;
        private long predictions;
        private long failures;
        private long sourceFailures;
        private long failedNanos;
        private boolean nothing;
        private boolean stuck;
        private boolean failing;

        PipelineHealth(String name) {
            this.name = name;
        }

        String name() {
            return name;
        }

        /** Whether it tried and nothing came of it since, or it is still at it. */
        boolean bringsNothing() {
            return nothing || stuck;
        }

        void look(PipelineView now, long nowNanos, Conditions conditions) {
            boolean predicted = now.predictions() > predictions;
            boolean noFrame = now.sourceFailures() > sourceFailures;
            boolean failed = now.failures() - now.sourceFailures() > failures - sourceFailures;
            predictions = now.predictions();
            failures = now.failures();
            sourceFailures = now.sourceFailures();
            if (predicted) {
                nothing = false;
                conditions.clear(ConditionName.SOURCE_FAILING, name);
            } else if (noFrame) {
                nothing = true;
                if (!now.sourceStale()) { // which has a condition of its own
                    raise(conditions, ConditionName.SOURCE_FAILING, now.lastFailure());
                }
            } else {
                nothing |= failed;
            }
            if (failed) {
                failing = true;
                failedNanos = nowNanos;
                raise(conditions, ConditionName.PIPELINE_FAILING, now.lastFailure());
            } else if (failing && !nothing && nowNanos - failedNanos > Limits.WELL_AFTER.toNanos()) {
                failing = false;
                conditions.clear(ConditionName.PIPELINE_FAILING, name);
            }
            if (now.sourceStale()) {
                raise(conditions, ConditionName.SOURCE_STALE, STALE);
            } else {
                conditions.clear(ConditionName.SOURCE_STALE, name);
            }
            if (now.delegateTrouble().isEmpty()) {
                conditions.clear(ConditionName.DELEGATE_MISSING, name);
            } else {
                raise(conditions, ConditionName.DELEGATE_MISSING, now.delegateTrouble());
            }
            stuck = !now.stuck().isEmpty();
            if (stuck) {
                raise(conditions, ConditionName.PIPELINE_STUCK, now.stuck());
            } else {
                conditions.clear(ConditionName.PIPELINE_STUCK, name);
            }
            look(now.drift(), conditions);
        }

        private void look(DriftView drift, Conditions conditions) {
            if (drift.doing() == DriftView.Doing.DRIFTING) {
                raise(conditions, ConditionName.DRIFT, drift.reason());
            } else {
                conditions.clear(ConditionName.DRIFT, name);
            }
        }

        private void raise(Conditions conditions, ConditionName condition, String reason) {
            conditions.raise(condition, name, "pipeline " + name + ": " + reason, condition.hint());
        }

        void clear(Conditions conditions) {
            conditions.clear(ConditionName.SOURCE_FAILING, name);
            conditions.clear(ConditionName.SOURCE_STALE, name);
            conditions.clear(ConditionName.PIPELINE_FAILING, name);
            conditions.clear(ConditionName.PIPELINE_STUCK, name);
            conditions.clear(ConditionName.DELEGATE_MISSING, name);
            conditions.clear(ConditionName.DRIFT, name);
        }
    }
}
