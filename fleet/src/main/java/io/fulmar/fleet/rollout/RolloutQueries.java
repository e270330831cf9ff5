package io.fulmar.fleet.rollout;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads rollouts for people. Owned by one thread, as is the session, which it does not close. */
final class RolloutQueries {
    /** Devices in rollouts, each as {@link #member} reads it; a condition follows. */
    static final String MEMBERS = "SELECT device, wave, state, version, since, shadow, reason FROM rollout_device\n";

    private static final String ROW = """
            SELECT id, number, name, subject, state, reason, wave, plan, created, created_by, changed, wave_opened,
                   good_since
            FROM rollout
            """;
    private static final String LIVE = Arrays.stream(RolloutState.values())
            .filter(RolloutState::isLive)
            .map(state -> "'" + state.text() + "'")
            .collect(Collectors.joining(", ", " AND state IN (", ")"));

    private final Session session;

    RolloutQueries(Session session) {
        this.session = session;
    }

    /**
     * The newest first.
     *
     * @param subject only those that change this; null for all
     * @param live only those that may go on
     * @param before only those with a lower number
     */
    List<RolloutRow> list(@Nullable String subject, boolean live, long before, int limit) throws SQLException {
        List<RolloutRow> rows = new ArrayList<>();
        try (PreparedStatement query = session.prepare(ROW + "WHERE (subject = ? OR ? = '') AND number < ?"
                + (live ? LIVE : "") + " ORDER BY number DESC LIMIT ?")) {
            query.setString(1, subject == null ? "" : subject);
            query.setString(2, subject == null ? "" : subject);
            query.setLong(3, before);
            query.setInt(4, limit);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    rows.add(row(row));
                }
            }
        }
        return rows;
    }

    /**
     * Those that a device is or was part of, the newest first.
     *
     * @param before only those with a lower number
     */
    List<DeviceRollout> ofDevice(String device, long before, int limit) throws SQLException {
        List<DeviceRollout> rows = new ArrayList<>();
        try (PreparedStatement query = session.prepare("""
                SELECT r.id, r.number, r.name, r.subject, r.state, m.wave, m.state, m.version, m.since, m.shadow, m.reason
                FROM rollout_device m JOIN rollout r ON r.id = m.rollout
                WHERE m.device = ? AND r.number < ? ORDER BY r.number DESC LIMIT ?""")) {
            query.setString(1, device);
            query.setLong(2, before);
            query.setInt(3, limit);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    var member = new Member(
                            device,
                            row.getInt(6),
                            MemberState.of(row.getString(7)),
                            row.getLong(8),
                            row.getLong(9),
                            row.getInt(10) == 1,
                            row.getString(11));
                    rows.add(new DeviceRollout(
                            row.getString(1),
                            row.getLong(2),
                            row.getString(3),
                            row.getString(4),
                            RolloutState.of(row.getString(5)),
                            member));
                }
            }
        }
        return rows;
    }

    @Nullable
    RolloutDetail detail(String id, long nowMillis) throws SQLException {
        try (PreparedStatement query = session.prepare(ROW + "WHERE id = ?")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                Plan plan = PlanJson.stored(row.getString(8));
                long goodSince = row.getLong(13);
                return new RolloutDetail(
                        row(row),
                        plan,
                        row.getLong(12),
                        goodSince == 0 ? null : goodSince,
                        nowMillis,
                        waves(id, plan),
                        events(id),
                        toldAfterHalt(id));
            }
        }
    }

    private RolloutRow row(ResultSet row) throws SQLException {
        Map<MemberState, Long> devices = new EnumMap<>(MemberState.class);
        for (Map<MemberState, Long> wave : counts(row.getString(1)).values()) {
            wave.forEach((state, count) -> devices.merge(state, count, Long::sum));
        }
        Plan plan = PlanJson.stored(row.getString(8));
        return new RolloutRow(
                row.getString(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                plan.change() instanceof Plan.Release release ? release : null,
                RolloutState.of(row.getString(5)),
                row.getString(6),
                row.getInt(7) + 1,
                plan.waves().size(),
                row.getLong(9),
                row.getString(10),
                row.getLong(11),
                devices);
    }

    private Map<Integer, Map<MemberState, Long>> counts(String id) throws SQLException {
        Map<Integer, Map<MemberState, Long>> counts = new HashMap<>();
        try (PreparedStatement query = session.prepare(
                "SELECT wave, state, count(*) FROM rollout_device WHERE rollout = ? GROUP BY wave, state")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    counts.computeIfAbsent(row.getInt(1), wave -> new EnumMap<>(MemberState.class))
                            .put(MemberState.of(row.getString(2)), row.getLong(3));
                }
            }
        }
        return counts;
    }

    private List<RolloutDetail.WaveRow> waves(String id, Plan plan) throws SQLException {
        Map<Integer, Map<MemberState, Long>> counts = counts(id);
        Map<Integer, List<GateValue>> gates = new HashMap<>();
        try (PreparedStatement query = session.prepare(
                "SELECT wave, name, value, bound, at_least, judged FROM rollout_gate WHERE rollout = ? ORDER BY wave, name")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    double value = row.getDouble(3);
                    gates.computeIfAbsent(row.getInt(1), wave -> new ArrayList<>())
                            .add(new GateValue(
                                    row.getInt(1),
                                    row.getString(2),
                                    row.wasNull() ? null : value,
                                    row.getDouble(4),
                                    row.getInt(5) == 1,
                                    row.getInt(6) == 1));
                }
            }
        }
        List<RolloutDetail.WaveRow> waves = new ArrayList<>();
        for (int wave = 0; wave < plan.waves().size(); wave++) {
            Map<MemberState, Long> devices = counts.getOrDefault(wave, Map.of());
            waves.add(new RolloutDetail.WaveRow(
                    wave + 1,
                    devices.values().stream().mapToLong(Long::longValue).sum(),
                    devices,
                    gates.getOrDefault(wave, List.of())));
        }
        return waves;
    }

    /** The newest first. */
    private List<RolloutDetail.EventRow> events(String id) throws SQLException {
        List<RolloutDetail.EventRow> events = new ArrayList<>();
        try (PreparedStatement query = session.prepare("""
                SELECT revision, at, who, state, wave, told, taken_back, reason FROM rollout_event
                WHERE rollout = ? ORDER BY revision DESC LIMIT ?""")) {
            query.setString(1, id);
            query.setInt(2, Limits.ROLLOUT_EVENTS_SHOWN);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    events.add(new RolloutDetail.EventRow(
                            row.getLong(1),
                            row.getLong(2),
                            row.getString(3),
                            RolloutState.of(row.getString(4)),
                            row.getInt(5) + 1,
                            row.getLong(6),
                            row.getLong(7),
                            row.getString(8)));
                }
            }
        }
        return events;
    }

    /** Counted from the record of every change, so that it shows if the promise were ever broken. */
    private long toldAfterHalt(String id) throws SQLException {
        try (PreparedStatement query = session.prepare(
                "SELECT coalesce(sum(told), 0) FROM rollout_event WHERE rollout = ? AND from_state <> 'running'")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /**
     * Devices of a rollout by wave and name.
     *
     * @param state only those; null for all
     * @param only those of this wave, from 0; null for all
     * @param after the last one of the page before; null for the first page
     */
    List<Member> members(
            String id, @Nullable MemberState state, @Nullable Integer only, @Nullable Member after, int limit)
            throws SQLException {
        List<Member> members = new ArrayList<>();
        try (PreparedStatement query = session.prepare(MEMBERS + """
                WHERE rollout = ? AND (state = ? OR ? = '') AND (wave = ? OR ? < 0) AND (wave > ? OR (wave = ? AND device > ?))
                ORDER BY wave, device LIMIT ?""")) {
            String wanted = state == null ? "" : state.text();
            int inWave = only == null ? -1 : only;
            int wave = after == null ? -1 : after.wave();
            query.setString(1, id);
            query.setString(2, wanted);
            query.setString(3, wanted);
            query.setInt(4, inWave);
            query.setInt(5, inWave);
            query.setInt(6, wave);
            query.setInt(7, wave);
            query.setString(8, after == null ? "" : after.device());
            query.setInt(9, limit);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    members.add(member(row));
                }
            }
        }
        return members;
    }

    /** What {@link #MEMBERS} selects. */
    static Member member(ResultSet row) throws SQLException {
        return new Member(
                row.getString(1),
                row.getInt(2),
                MemberState.of(row.getString(3)),
                row.getLong(4),
                row.getLong(5),
                row.getInt(6) == 1,
                row.getString(7));
    }
}
