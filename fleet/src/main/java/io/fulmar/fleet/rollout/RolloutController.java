package io.fulmar.fleet.rollout;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.base.RateLimitedLog;
import io.fulmar.fleet.command.OperatorSignature;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.registry.DeviceLabels;
import io.fulmar.fleet.registry.Labels;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at every rollout that lives, and has each go on. All that it knows is in the database, so it may be killed anywhere
 * and begin anew, and several of them do no more than one. Stepped by {@link #work}; owned by the rollout thread.
 */
public final class RolloutController implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RolloutController.class);
    private static final int REST_FACTOR = 10;

    private final Supplier<Session> sessions;
    private final OperatorSignature signature;
    private final Subject.Catalogue catalogue;
    private final InstantSource clock;
    private final FactReader facts;
    private final RateLimitedLog failures = new RateLimitedLog(LOG);
    private final Map<String, List<GateValue>> shown = new HashMap<>();
    private @Nullable Session session;
    private @Nullable RolloutStore store;
    private long nextNanos;
    private long followedNanos;
    private boolean begun;

    /**
     * For the rollouts of that database.
     *
     * @param sessions opens the database; called again after a failure
     * @param signature under which devices are told
     */
    public RolloutController(
            Supplier<Session> sessions, OperatorSignature signature, PublishedReleases releases, InstantSource clock) {
        this(sessions, signature, releases, new CountedShares(releases), clock);
    }

    RolloutController(
            Supplier<Session> sessions,
            OperatorSignature signature,
            Subject.Catalogue catalogue,
            ShareReader shares,
            InstantSource clock) {
        this.sessions = sessions;
        this.signature = signature;
        this.catalogue = catalogue;
        this.clock = clock;
        this.facts = new FactReader(catalogue, shares);
    }

    /** Does what there is to do now. Returns 0 when there was nothing. */
    public int work(long nowNanos) {
        if (begun && nowNanos - nextNanos < 0) {
            return 0;
        }
        begun = true;
        long started = System.nanoTime();
        int done = 0;
        try {
            Session open = session();
            done = evaluate(open, store(open), nowNanos);
        } catch (SQLException e) {
            giveUp(nowNanos, "the rollouts cannot be read", String.valueOf(e.getMessage()));
        } catch (FleetException e) {
            giveUp(nowNanos, "the rollouts stand still", e.getMessage() + "; " + e.hint());
        }
        long took = System.nanoTime() - started;
        nextNanos = nowNanos + Math.max(Limits.ROLLOUT_LOOK.toNanos(), REST_FACTOR * took);
        return done;
    }

    private Session session() {
        if (session == null) {
            session = sessions.get();
        }
        return session;
    }

    private RolloutStore store(Session open) {
        if (store == null) {
            store = new RolloutStore(open, signature, catalogue);
        }
        return store;
    }

    private void giveUp(long nowNanos, String what, String why) {
        failures.warn(nowNanos, what, why);
        closeAll();
    }

    private int evaluate(Session open, RolloutStore rollouts, long nowNanos) throws SQLException {
        int done = 0;
        List<String> live = rollouts.live();
        shown.keySet().retainAll(Set.copyOf(live));
        boolean follows = nowNanos - followedNanos >= Limits.ROLLOUT_FOLLOW.toNanos();
        for (String id : live) {
            done += evaluate(open, rollouts, id, nowNanos);
            if (follows) {
                follow(open, rollouts, id);
            }
        }
        if (follows) {
            followedNanos = nowNanos;
        }
        return done;
    }

    private int evaluate(Session open, RolloutStore rollouts, String id, long nowNanos) throws SQLException {
        for (int steps = 0; steps < Limits.ROLLOUT_STEPS; steps++) {
            Rollout rollout = rollouts.load(id);
            if (rollout == null || !rollout.state().isLive()) {
                return steps;
            }
            if (rollout.plan().change() instanceof Plan.Release release && catalogue.find(release.manifest()) == null) {
                failures.warn(nowNanos, "rollout " + id + " is left to others", "its release is not in this catalogue");
                return steps;
            }
            long nowMillis = clock.millis();
            Decision decision = rollout.next(facts.read(open, rollout), nowMillis);
            if (!rollout.changes(decision)) {
                show(rollouts, id, decision.gates(), nowMillis);
                return steps;
            }
            if (decision.steps().stream().anyMatch(step -> !(step instanceof Step.Settle))) {
                signature.require();
            }
            if (!rollouts.apply(rollout, decision, RolloutStore.CONTROLLER, nowMillis)) {
                return steps; // somebody else was quicker; the next look shows how it is
            }
            if (rollout.state() != decision.state()) {
                LOG.info(
                        "rollout {} is {}{}",
                        id,
                        decision.state().text(),
                        decision.reason() == null ? "" : ": " + decision.reason());
            }
        }
        return Limits.ROLLOUT_STEPS;
    }

    private void show(RolloutStore rollouts, String id, List<GateValue> gates, long nowMillis) {
        if (!gates.isEmpty() && !gates.equals(shown.get(id))) {
            rollouts.show(id, gates, nowMillis);
            shown.put(id, gates);
        }
    }

    private void follow(Session open, RolloutStore rollouts, String id) throws SQLException {
        Rollout rollout = rollouts.load(id);
        if (rollout == null
                || rollout.state() != RolloutState.RUNNING
                || !rollout.plan().follow()) {
            return;
        }
        Set<String> there = rollouts.devicesOf(id);
        List<String> newcomers = new ArrayList<>();
        for (Map.Entry<String, Labels> device : new DeviceLabels(open).all().entrySet()) {
            if (!there.contains(device.getKey()) && rollout.plan().target().matches(device.getValue())) {
                newcomers.add(device.getKey());
            }
        }
        if (!newcomers.isEmpty()) {
            new RolloutMaker(open, rollouts).follow(rollout, newcomers, clock.millis());
        }
    }

    private void closeAll() {
        store = null;
        if (session != null) {
            session.abandon();
            session = null;
        }
    }

    @Override
    public void close() {
        closeAll();
    }
}
