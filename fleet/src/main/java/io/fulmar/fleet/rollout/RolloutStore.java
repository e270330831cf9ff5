package io.fulmar.fleet.rollout;

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
    static final String LIVE = Arrays.stream(RolloutState.values())
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
    static final class OutdatedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OutdatedException(String what) {
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

    /** Does it as one transaction; false if somebody else was quicker, and then nothing was done. */
    boolean attempt(String what, Work work) {
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

    /** What is done in one transaction. */
    interface Work {
        void run() throws SQLException;
    }

    /** The same inside of the caller's transaction. */
    void applyHere(Rollout rollout, Decision decision, String who, long nowMillis) throws SQLException {
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
            if (step instanceof Step.Tell && subject.withdrawn() != null) {
                throw new OutdatedException("the release"); // withdrawn since this was decided: the next look halts it
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

    /** Notes a change, inside of the caller's transaction. */
    void note(
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

    static void requireOne(int rows, String of) {
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
