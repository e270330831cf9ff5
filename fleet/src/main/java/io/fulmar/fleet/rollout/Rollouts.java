package io.fulmar.fleet.rollout;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.command.OperatorSignature;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.registry.DeviceLabels;
import io.fulmar.fleet.registry.Labels;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What people do with rollouts. Each call has a session of its own. Thread-safe. */
public final class Rollouts {
    private static final int TRIES = 20;
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final Database database;
    private final OperatorSignature signature;
    private final PublishedReleases releases;
    private final InstantSource clock;

    public Rollouts(Database database, OperatorSignature signature, PublishedReleases releases, InstantSource clock) {
        this.database = database;
        this.signature = signature;
        this.releases = releases;
        this.clock = clock;
    }

    /** Who would be told in which wave. */
    public record Preview(Plan plan, List<String> devices) {
        public Preview {
            devices = List.copyOf(devices);
        }

        /** The devices of that wave, from 0. */
        public List<String> wave(int wave) {
            int from = wave == 0 ? 0 : plan.waves().get(wave - 1).upTo(devices.size());
            return devices.subList(from, Math.max(from, plan.waves().get(wave).upTo(devices.size())));
        }
    }

    /** Reads a plan, and says who would be told; a {@link PlanException} says what is wrong with it. */
    public Preview preview(byte[] plan) {
        Plan read = PlanJson.read(plan, releases);
        requireReference(read);
        signature.require();
        try (Session session = database.openReader()) {
            return new Preview(read, devices(session, read));
        }
    }

    /**
     * Makes a rollout.
     *
     * @param who asked for it
     */
    public RolloutDetail create(byte[] plan, String who) {
        Preview preview = preview(plan);
        if (preview.devices().isEmpty() && !preview.plan().follow()) {
            throw new PlanException("no device fits '" + preview.plan().target()
                    + "' now; 'fulmar fleet label' shows what devices have, and 'follow' waits for devices");
        }
        if (preview.devices().size() > Limits.ROLLOUT_DEVICES) {
            throw new PlanException(preview.devices().size() + " devices fit, and a rollout has at most "
                    + Limits.ROLLOUT_DEVICES + "; choose fewer by their labels");
        }
        try (Session session = database.openWriter();
                var store = new RolloutStore(session, signature, releases)) {
            String id = new RolloutMaker(session, store).create(preview.plan(), preview.devices(), who, clock.millis());
            return detail(session, id);
        }
    }

    private void requireReference(Plan plan) {
        if (plan.change() instanceof Plan.Release release
                && plan.gates().confidenceShift() != null
                && releases.reference(release.manifest()) == null) {
            throw new PlanException(
                    "the plan: the gate 'confidenceShift' needs what the release said of the data that it was"
                            + " tested on, and its manifest has no 'reference'");
        }
    }

    /** Those that are there come first, as a wave of devices that are away proves nothing; else in no order of their names. */
    private List<String> devices(Session session, Plan plan) {
        List<Map.Entry<String, Labels>> fitting = new ArrayList<>();
        for (Map.Entry<String, Labels> device : new DeviceLabels(session).all().entrySet()) {
            if (plan.target().matches(device.getValue())) {
                fitting.add(device);
            }
        }
        long salt = plan.name().hashCode() * MIX;
        fitting.sort(Comparator.comparing((Map.Entry<String, Labels> it) ->
                        !it.getValue().values("online").contains("true"))
                .thenComparing(it -> Long.rotateLeft((it.getKey().hashCode() ^ salt) * MIX, 23) * MIX)
                .thenComparing(Map.Entry::getKey));
        return fitting.stream().map(Map.Entry::getKey).toList();
    }

    /**
     * The newest first.
     *
     * @param model only those of releases of this model; null for all
     * @param live only those that may go on
     * @param before only those with a lower number
     */
    public List<RolloutRow> list(@Nullable String model, boolean live, long before, int limit) {
        String subject = model == null ? null : new Plan.Release(model, "", 0, "").subject();
        return read("the rollouts", queries -> queries.list(subject, live, before, limit));
    }

    /** Those that a device is or was part of, the newest first; only those with a lower number. */
    public List<DeviceRollout> ofDevice(String device, long before, int limit) {
        return read("the rollouts of " + device, queries -> queries.ofDevice(device, before, limit));
    }

    /** One of them; null for none. */
    public @Nullable RolloutDetail find(String id) {
        try (Session session = database.openReader()) {
            return new RolloutQueries(session).detail(id, clock.millis());
        } catch (SQLException e) {
            throw failed("rollout " + id, e);
        }
    }

    /**
     * Its devices by wave and name.
     *
     * @param state only those; null for all
     * @param wave only those of this wave, from 0; null for all
     * @param after the last one of the page before; null for the first page
     */
    public List<Member> devices(
            String id, @Nullable MemberState state, @Nullable Integer wave, @Nullable Member after, int limit) {
        return read("the devices of rollout " + id, queries -> queries.members(id, state, wave, after, limit));
    }

    /** Asks for something; the refusal says why it cannot be, null is what there is no such rollout. */
    public @Nullable Asked ask(String id, Action action, String who) {
        try (Session session = database.openWriter();
                var store = new RolloutStore(session, signature, releases)) {
            for (int i = 0; i < TRIES; i++) {
                Rollout rollout = store.load(id);
                if (rollout == null) {
                    return null;
                }
                long now = clock.millis();
                switch (rollout.ask(action, now)) {
                    case Answer.Refused(String reason) -> {
                        return new Asked(detail(session, id), reason);
                    }
                    case Decision decision -> {
                        if (store.apply(rollout, decision, who, now)) {
                            return new Asked(detail(session, id), null);
                        }
                    }
                }
            }
            throw new FleetException(
                    Category.TRANSIENT, "rollout " + id + " changes all the time", "try again in a moment");
        } catch (SQLException e) {
            throw failed("rollout " + id, e);
        }
    }

    /**
     * What came of asking.
     *
     * @param refusal null where it was done
     */
    public record Asked(RolloutDetail rollout, @Nullable String refusal) {}

    private RolloutDetail detail(Session session, String id) {
        try {
            RolloutDetail detail = new RolloutQueries(session).detail(id, clock.millis());
            if (detail == null) {
                throw new IllegalStateException("rollout " + id + " has gone");
            }
            return detail;
        } catch (SQLException e) {
            throw session.failed("cannot read rollout " + id, e);
        }
    }

    private interface Question<T> {
        T of(RolloutQueries queries) throws SQLException;
    }

    private <T> T read(String what, Question<T> question) {
        try (Session session = database.openReader()) {
            return question.of(new RolloutQueries(session));
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    private static FleetException failed(String what, SQLException e) {
        return new FleetException(
                Category.TRANSIENT, "cannot read " + what + ": " + e.getMessage(), "look at the database", e);
    }
}
