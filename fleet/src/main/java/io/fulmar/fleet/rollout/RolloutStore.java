package io.fulmar.fleet.rollout;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.command.DesiredWriter;
import io.fulmar.fleet.command.OperatorSignature;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import io.fulmar.fleet.registry.DeviceEvents;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Rollouts in the database. Whatever changes one is a single transaction that begins with a comparison: only if the rollout
 * still has the state and the revision that the decision was made for, this, its devices and what they are told are
 * changed. So a controller may die anywhere, and any number of them may run. Owned by one thread, as is the session, which it
 * does not close.
 */
final class RolloutStore implements AutoCloseable {
    private static final int CREATE_ATTEMPTS = 10;
    private static final String LIVE = Arrays.stream(RolloutState.values())
            .filter(RolloutState::isLive)
            .map(state -> "'" + state.text() + "'")
            .collect(Collectors.joining(", "));

    private final Session session;
    private final Subject.Catalogue catalogue;
    private final DesiredWriter desired;
    private final DeviceEvents events;
    private final List<PreparedStatement> all = new ArrayList<>();
    private final PreparedStatement swap;
    private final PreparedStatement member;
    private final PreparedStatement before;
    private final PreparedStatement reported;
    private final PreparedStatement note;
    private final PreparedStatement gate;

    /** Somebody else was quicker; the transaction is undone. */
    private static final class OutdatedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private OutdatedException(String what) {
            super(what);
        }
    }

    RolloutStore(Session session, OperatorSignature signature, Subject.Catalogue catalogue) {
        this.session = session;
        this.catalogue = catalogue;
        this.desired = new DesiredWriter(session, signature);
        this.events = new DeviceEvents(session);
        try {
            swap = prepare("""
                    UPDATE rollout SET state = ?, wave = ?, wave_opened = ?, good_since = ?, accepted = ?, reason = ?,
                        revision = revision + 1, changed = ?
                    WHERE id = ? AND revision = ? AND state = ?""");
            member = prepare("""
                    UPDATE rollout_device SET state = ?, version = ?, since = ?, shadow = ?, reason = ?,
                        before = coalesce(before, ?)
                    WHERE rollout = ? AND device = ? AND state = ? AND version = ?""");
            before = prepare("SELECT before FROM rollout_device WHERE rollout = ? AND device = ?");
            reported = prepare("SELECT document FROM reported WHERE device = ?");
            note = prepare("""
                    INSERT INTO rollout_event
                        (rollout, revision, at, who, from_state, state, wave, told, taken_back, reason)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
            gate = prepare("""
                    INSERT INTO rollout_gate (rollout, wave, name, value, bound, at_least, judged, at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (rollout, wave, name) DO UPDATE SET
                        value = coalesce(excluded.value, rollout_gate.value), judged = excluded.judged,
                        at = excluded.at""");
        } catch (SQLException e) {
            throw session.failed("cannot prepare the rollouts", e);
        }
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = session.prepare(sql);
        all.add(statement);
        return statement;
    }

    // --- making one

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
            } catch (OutdatedException e) {
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
        for (String id : live()) {
            Rollout older = load(id);
            if (older == null || !older.plan().change().subject().equals(subject) || !shares(id, devices)) {
                continue;
            }
            if (older.ask(new Action.Supersede(by), nowMillis) instanceof Decision decision) {
                applyHere(older, decision, who, nowMillis);
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
        note(id, 1, nowMillis, who, "", RolloutState.RUNNING.text(), -1, 0, 0, null);
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
        return attempt("devices of rollout " + rollout.id(), () -> {
            try (PreparedStatement touch = session.prepare("""
                    UPDATE rollout SET revision = revision + 1, changed = ?
                    WHERE id = ? AND revision = ? AND state = 'running'""")) {
                touch.setLong(1, nowMillis);
                touch.setString(2, rollout.id());
                touch.setLong(3, rollout.revision());
                requireOne(touch.executeUpdate(), rollout.id());
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
                throw new OutdatedException("nobody is new");
            }
            note(
                    rollout.id(),
                    rollout.revision() + 1,
                    nowMillis,
                    CONTROLLER,
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
                WHERE r.subject = ? AND (r.state IN (""" + LIVE + """
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

    /** Who is noted where nobody asked for it. */
    public static final String CONTROLLER = "fleet";

    // --- reading

    /** The ids of those that may go on, in the order in which they were made. */
    public List<String> live() throws SQLException {
        return texts("SELECT id FROM rollout WHERE state IN (" + LIVE + ") ORDER BY number", null);
    }

    /** All devices of that rollout. */
    public Set<String> devicesOf(String id) throws SQLException {
        return Set.copyOf(texts("SELECT device FROM rollout_device WHERE rollout = ?", id));
    }

    private List<String> texts(String sql, @Nullable String parameter) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (PreparedStatement query = session.prepare(sql)) {
            if (parameter != null) {
                query.setString(1, parameter);
            }
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    texts.add(row.getString(1));
                }
            }
        }
        return texts;
    }

    private long one(String sql) throws SQLException {
        try (PreparedStatement query = session.prepare(sql);
                ResultSet row = query.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    /** That rollout with the devices of its open waves and of the next one, which is all that is decided about; null for none. */
    public @Nullable Rollout load(String id) throws SQLException {
        try (PreparedStatement query = session.prepare("""
                SELECT plan, state, wave, created, wave_opened, good_since, accepted, reason, revision
                FROM rollout WHERE id = ?""")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                int wave = row.getInt(3);
                return new Rollout(
                        id,
                        PlanJson.stored(row.getString(1)),
                        RolloutState.of(row.getString(2)),
                        wave,
                        row.getLong(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getInt(7),
                        row.getString(8),
                        row.getLong(9),
                        members(id, wave + 1));
            }
        }
    }

    private List<Member> members(String id, int upTo) throws SQLException {
        List<Member> members = new ArrayList<>();
        try (PreparedStatement query = session.prepare(RolloutQueries.MEMBERS + """
                WHERE rollout = ? AND wave <= ? ORDER BY wave, device""")) {
            query.setString(1, id);
            query.setInt(2, upTo);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    members.add(RolloutQueries.member(row));
                }
            }
        }
        return members;
    }

    // --- changing

    /**
     * Does what was decided about exactly this rollout.
     *
     * @return false if somebody else has changed it, or what one of its devices is to have; then nothing was done
     */
    public boolean apply(Rollout rollout, Decision decision, String who, long nowMillis) {
        return attempt("rollout " + rollout.id(), () -> applyHere(rollout, decision, who, nowMillis));
    }

    private boolean attempt(String what, Work work) {
        try {
            session.<Boolean>transaction(what, it -> {
                work.run();
                return true;
            });
            return true;
        } catch (OutdatedException | DesiredWriter.ConflictException e) {
            return false;
        }
    }

    private interface Work {
        void run() throws SQLException;
    }

    private void applyHere(Rollout rollout, Decision decision, String who, long nowMillis) throws SQLException {
        swap(rollout, decision, nowMillis);
        var subject = Subject.of(rollout.plan().change(), catalogue);
        Map<String, Member> members = new HashMap<>();
        rollout.members().forEach(it -> members.put(it.device(), it));
        int told = 0;
        int takenBack = 0;
        for (Step step : decision.steps()) {
            Member now = members.get(step.device());
            if (now == null) {
                throw new OutdatedException(step.device());
            }
            switch (step) {
                case Step.Tell tell -> told += tell(rollout, subject, now, tell, nowMillis) ? 1 : 0;
                case Step.TakeBack back -> {
                    takeBack(rollout, subject, now, back, nowMillis);
                    takenBack++;
                }
                case Step.Settle settle -> settle(rollout, now, settle, nowMillis);
            }
        }
        if (decision.endsPending()) {
            try (PreparedStatement end = session.prepare(
                    "UPDATE rollout_device SET state = 'skipped', since = ? WHERE rollout = ? AND state = 'pending'")) {
                end.setLong(1, nowMillis);
                end.setString(2, rollout.id());
                end.executeUpdate();
            }
        }
        writeGates(rollout.id(), decision.gates(), nowMillis);
        note(
                rollout.id(),
                rollout.revision() + 1,
                nowMillis,
                who,
                rollout.state().text(),
                decision.state().text(),
                decision.wave(),
                told,
                takenBack,
                decision.reason());
    }

    /** The comparison: from here on nobody else changes this rollout before the transaction has ended. */
    private void swap(Rollout rollout, Decision decision, long nowMillis) throws SQLException {
        swap.setString(1, decision.state().text());
        swap.setInt(2, decision.wave());
        swap.setLong(3, decision.waveOpenedMillis());
        swap.setLong(4, decision.goodSinceMillis());
        swap.setInt(5, decision.accepted());
        swap.setString(6, Text.storable(decision.reason()));
        swap.setLong(7, nowMillis);
        swap.setString(8, rollout.id());
        swap.setLong(9, rollout.revision());
        swap.setString(10, rollout.state().text());
        requireOne(swap.executeUpdate(), rollout.id());
    }

    private boolean tell(Rollout rollout, Subject subject, Member now, Step.Tell tell, long nowMillis)
            throws SQLException {
        if (rollout.state() != RolloutState.RUNNING) {
            throw new IllegalStateException(
                    "rollout " + rollout.id() + " is " + rollout.state().text());
        }
        long shadowMillis = tell.shadow() ? rollout.plan().shadow().toMillis() : 0;
        try {
            DesiredWriter.Changed changed = desired.change(
                    tell.device(), (before, version) -> subject.with(before, version, shadowMillis), nowMillis);
            String kept = Subject.text(subject.keep(changed.before(), said(tell.device())));
            update(
                    rollout,
                    now,
                    new Member(
                            now.device(),
                            now.wave(),
                            MemberState.ASSIGNED,
                            changed.version(),
                            nowMillis,
                            tell.shadow(),
                            null),
                    kept);
            events.add(
                    tell.device(),
                    nowMillis,
                    "rollout assigned",
                    rollout.id() + ": " + rollout.plan().name() + (tell.shadow() ? ", beside the active release" : ""));
            return true;
        } catch (WireException e) {
            update(rollout, now, now.with(MemberState.FAILED, "not told: " + e.getMessage(), nowMillis), null);
            return false;
        }
    }

    private void takeBack(Rollout rollout, Subject subject, Member now, Step.TakeBack back, long nowMillis)
            throws SQLException {
        before.setString(1, rollout.id());
        before.setString(2, back.device());
        String kept;
        try (ResultSet row = before.executeQuery()) {
            kept = row.next() ? row.getString(1) : null;
        }
        try {
            var was = kept == null ? null : Subject.read(kept);
            DesiredWriter.Changed changed = desired.change(
                    back.device(), (document, version) -> subject.back(document, version, was), nowMillis);
            update(
                    rollout,
                    now,
                    new Member(
                            now.device(), now.wave(), back.then(), changed.version(), nowMillis, false, back.reason()),
                    null);
            events.add(
                    back.device(),
                    nowMillis,
                    "rollout taken back",
                    rollout.id() + ": " + rollout.plan().name());
        } catch (WireException e) {
            update(
                    rollout,
                    now,
                    now.with(MemberState.SKIPPED, "not told to return: " + e.getMessage(), nowMillis),
                    null);
        }
    }

    private void settle(Rollout rollout, Member now, Step.Settle settle, long nowMillis) throws SQLException {
        update(rollout, now, now.with(settle.then(), settle.reason(), nowMillis), null);
    }

    private void update(Rollout rollout, Member from, Member to, @Nullable String kept) throws SQLException {
        member.setString(1, to.state().text());
        member.setLong(2, to.version());
        member.setLong(3, to.sinceMillis());
        member.setInt(4, to.shadow() ? 1 : 0);
        member.setString(5, Text.storable(to.reason()));
        member.setString(6, kept);
        member.setString(7, rollout.id());
        member.setString(8, from.device());
        member.setString(9, from.state().text());
        member.setLong(10, from.version());
        requireOne(member.executeUpdate(), from.device());
    }

    private @Nullable Reported said(String device) throws SQLException {
        reported.setString(1, device);
        try (ResultSet row = reported.executeQuery()) {
            return row.next() ? Wire.decodeReported(row.getString(1).getBytes(StandardCharsets.UTF_8)) : null;
        } catch (WireException e) {
            return null; // of a version whose reports are no longer read
        }
    }

    /** Shows what the gates say, where nothing else has changed. */
    public void show(String id, List<GateValue> gates, long nowMillis) {
        session.<Boolean>transaction("the gates of rollout " + id, it -> {
            writeGates(id, gates, nowMillis);
            return true;
        });
    }

    private void writeGates(String id, List<GateValue> gates, long nowMillis) throws SQLException {
        for (GateValue value : gates) {
            gate.setString(1, id);
            gate.setInt(2, value.wave());
            gate.setString(3, value.name());
            if (value.value() == null) {
                gate.setNull(4, Types.DOUBLE);
            } else {
                gate.setDouble(4, value.value());
            }
            gate.setDouble(5, value.limit());
            gate.setInt(6, value.atLeast() ? 1 : 0);
            gate.setInt(7, value.judged() ? 1 : 0);
            gate.setLong(8, nowMillis);
            gate.executeUpdate();
        }
    }

    private void note(
            String id,
            long revision,
            long nowMillis,
            String who,
            String from,
            String to,
            int wave,
            int told,
            int takenBack,
            @Nullable String reason)
            throws SQLException {
        note.setString(1, id);
        note.setLong(2, revision);
        note.setLong(3, nowMillis);
        note.setString(4, who);
        note.setString(5, from);
        note.setString(6, to);
        note.setInt(7, wave);
        note.setInt(8, told);
        note.setInt(9, takenBack);
        note.setString(10, Text.storable(reason));
        note.executeUpdate();
    }

    private static void requireOne(int rows, String of) {
        if (rows != 1) {
            throw new OutdatedException(of);
        }
    }

    @Override
    public void close() {
        desired.close();
        events.close();
        try {
            for (PreparedStatement statement : all) {
                statement.close();
            }
        } catch (SQLException e) {
            throw session.failed("cannot close the rollouts", e);
        }
    }
}
