package io.fulmar.fleet.rollout;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.database.Session;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes rollouts, and adds the devices to them that fit later: of several on one device the newest of the same has it. Owned by
 * one thread, as are the session and the store, which it does not close.
 */
final class RolloutMaker {
    private static final int CREATE_ATTEMPTS = 10;

    private final Session session;
    private final RolloutStore store;

    RolloutMaker(Session session, RolloutStore store) {
        this.session = session;
        this.store = store;
    }

    /**
     * Makes a rollout, and ends those of the same that have one of its devices.
     *
     * @param devices in the order in which they are to be told
     * @return its id
     */
    public String create(Plan plan, List<String> devices, String who, long nowMillis) {
        for (int attempt = 1; ; attempt++) {
            try {
                return createHere(plan, devices, who, nowMillis);
            } catch (RolloutStore.OutdatedException e) {
                if (attempt == CREATE_ATTEMPTS) {
                    throw new FleetException(
                            Category.TRANSIENT, "other rollouts change all the time", "try again in a moment", e);
                }
            }
        }
    }

    private String createHere(Plan plan, List<String> devices, String who, long nowMillis) {
        return session.transaction("a rollout", it -> {
            it.alone("rollout"); // of two that are made at the same time, one has to supersede the other
            long number = one("SELECT coalesce(max(number), 0) + 1 FROM rollout");
            String made = "r" + number;
            supersede(plan.change().subject(), Set.copyOf(devices), made, who, nowMillis);
            insert(made, number, plan, who, nowMillis);
            insertMembers(made, plan, devices, nowMillis);
            return made;
        });
    }

    private void supersede(String subject, Set<String> devices, String by, String who, long nowMillis)
            throws SQLException {
        for (String id : store.live()) {
            Rollout older = store.load(id);
            if (older == null || !older.plan().change().subject().equals(subject) || !shares(id, devices)) {
                continue;
            }
            if (older.ask(new Action.Supersede(by), nowMillis) instanceof Decision decision) {
                store.applyHere(older, decision, who, nowMillis);
            }
        }
    }

    private boolean shares(String id, Set<String> devices) throws SQLException {
        try (PreparedStatement query = session.prepare("SELECT device FROM rollout_device WHERE rollout = ?")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    if (devices.contains(row.getString(1))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private void insert(String id, long number, Plan plan, String who, long nowMillis) throws SQLException {
        try (PreparedStatement insert = session.prepare("""
                INSERT INTO rollout (id, number, name, subject, plan, state, wave, created, created_by, wave_opened,
                    good_since, accepted, reason, revision, changed)
                VALUES (?, ?, ?, ?, ?, 'running', -1, ?, ?, 0, 0, -1, NULL, 1, ?)""")) {
            insert.setString(1, id);
            insert.setLong(2, number);
            insert.setString(3, plan.name());
            insert.setString(4, plan.change().subject());
            insert.setString(5, new String(PlanJson.write(plan), StandardCharsets.UTF_8));
            insert.setLong(6, nowMillis);
            insert.setString(7, who);
            insert.setLong(8, nowMillis);
            insert.executeUpdate();
        }
        store.note(id, 1, nowMillis, who, "", RolloutState.RUNNING.text(), -1, 0, 0, null);
    }

    private void insertMembers(String id, Plan plan, List<String> devices, long nowMillis) throws SQLException {
        try (PreparedStatement insert = session.prepare("""
                INSERT INTO rollout_device (rollout, device, wave, state, version, since, shadow, reason, before)
                VALUES (?, ?, ?, 'pending', 0, ?, 0, NULL, NULL)""")) {
            int wave = 0;
            for (int i = 0; i < devices.size(); i++) {
                while (i >= plan.waves().get(wave).upTo(devices.size())) {
                    wave++;
                }
                insert.setString(1, id);
                insert.setString(2, devices.get(i));
                insert.setInt(3, wave);
                insert.setLong(4, nowMillis);
                insert.executeUpdate();
            }
        }
    }

    /**
     * Adds devices that fit now to the last wave, but for those which a newer rollout of the same has had, or another has.
     *
     * @return whether the rollout was still as it is given
     */
    public boolean follow(Rollout rollout, List<String> newcomers, long nowMillis) {
        return store.attempt("devices of rollout " + rollout.id(), () -> {
            try (PreparedStatement touch = session.prepare("""
                    UPDATE rollout SET revision = revision + 1, changed = ?
                    WHERE id = ? AND revision = ? AND state = 'running'""")) {
                touch.setLong(1, nowMillis);
                touch.setString(2, rollout.id());
                touch.setLong(3, rollout.revision());
                RolloutStore.requireOne(touch.executeUpdate(), rollout.id());
            }
            Set<String> taken = taken(rollout);
            int added = 0;
            try (PreparedStatement insert = session.prepare("""
                    INSERT INTO rollout_device (rollout, device, wave, state, version, since, shadow, reason, before)
                    VALUES (?, ?, ?, 'pending', 0, ?, 0, NULL, NULL)""")) {
                for (String device : newcomers) {
                    if (!taken.contains(device)) {
                        insert.setString(1, rollout.id());
                        insert.setString(2, device);
                        insert.setInt(3, rollout.plan().waves().size() - 1);
                        insert.setLong(4, nowMillis);
                        insert.executeUpdate();
                        added++;
                    }
                }
            }
            if (added == 0) {
                throw new RolloutStore.OutdatedException("nobody is new");
            }
            store.note(
                    rollout.id(),
                    rollout.revision() + 1,
                    nowMillis,
                    RolloutStore.CONTROLLER,
                    RolloutState.RUNNING.text(),
                    RolloutState.RUNNING.text(),
                    rollout.wave(),
                    0,
                    0,
                    added + " devices fit now and were added");
        });
    }

    private Set<String> taken(Rollout by) throws SQLException {
        Set<String> taken = new HashSet<>();
        try (PreparedStatement query = session.prepare("""
                SELECT m.device FROM rollout_device m JOIN rollout r ON r.id = m.rollout
                WHERE r.subject = ? AND (r.state IN (""" + RolloutStore.LIVE + """
                ) OR r.number > (SELECT number FROM rollout WHERE id = ?))""")) {
            query.setString(1, by.plan().change().subject());
            query.setString(2, by.id());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    taken.add(row.getString(1));
                }
            }
        }
        return taken;
    }

    private long one(String sql) throws SQLException {
        try (PreparedStatement query = session.prepare(sql);
                ResultSet row = query.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
