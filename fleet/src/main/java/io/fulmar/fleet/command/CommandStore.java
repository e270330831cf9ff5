package io.fulmar.fleet.command;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import io.fulmar.sync.wire.CommandResult;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Every command that was heard, every answer that arrived, and so which commands still wait for one. Owned by the ingest
 * thread, as is the session, which it does not close.
 */
public final class CommandStore implements AutoCloseable {
    /** How long after it was last heard a command is overdue: twice as long after each time. */
    private static final String OVERDUE = overdueMillis();

    private final List<PreparedStatement> all = new ArrayList<>();
    private final Session session;
    private final PreparedStatement keep;
    private final PreparedStatement repeated;
    private final PreparedStatement answered;
    private final PreparedStatement waiting;
    private final PreparedStatement ripened;
    private final PreparedStatement overdue;
    private final PreparedStatement forgetGroups;
    private final PreparedStatement addGroup;

    /** A command that waits for a device's answer. */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    record Waiting(long number, Target target, byte[] bytes, long lastHeardMillis) {}

    public CommandStore(Session session) {
        this.session = session;
        try {
            keep = prepare("""
                    INSERT INTO command (scope, target, id, digest, type, bytes, signed_by, not_before, expires, received,
                                         last_heard, heard)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
                    ON CONFLICT (scope, target, id, digest) DO UPDATE SET
                        heard = command.heard + 1, last_heard = excluded.last_heard""");
            repeated = prepare("""
                    UPDATE command SET heard = heard + 1, last_heard = ?
                    WHERE scope = 'group' AND target = ? AND id = ? AND digest = ?""");
            // a refusal is worth less than what became of the command at another time; else the first answer stands
            answered = prepare("""
                    INSERT INTO command_answer (device, id, type, outcome, reason, result, result_bytes, wall_millis, received)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (device, id) DO UPDATE SET
                        type = excluded.type, outcome = excluded.outcome, reason = excluded.reason,
                        result = excluded.result, result_bytes = excluded.result_bytes,
                        wall_millis = excluded.wall_millis, received = excluded.received
                    WHERE command_answer.outcome = 'refused'""");
            waiting = prepare("""
                    SELECT c.number, c.scope, c.target, c.bytes, c.last_heard FROM command c
                    WHERE (c.scope = 'device' AND c.target = ?
                           OR c.scope = 'group' AND c.target IN (SELECT name FROM device_group WHERE device = ?))
                      AND c.number > ? AND c.expires > ? AND c.not_before <= ?
                      AND NOT EXISTS (SELECT 1 FROM command_answer a WHERE a.device = ? AND a.id = c.id
                                      AND (a.outcome <> 'refused' OR a.received >= c.not_before))
                    ORDER BY c.number LIMIT ?""");
            ripened = prepare("""
                    SELECT c.target FROM command c
                    WHERE c.scope = 'device' AND c.not_before > ? AND c.not_before <= ? AND c.expires > ?
                    UNION SELECT g.device FROM command c JOIN device_group g ON g.name = c.target
                    WHERE c.scope = 'group' AND c.not_before > ? AND c.not_before <= ? AND c.expires > ?
                    LIMIT ?""");
            String lost = """
                    c.expires > ? AND c.not_before <= ? AND d.online = 1 AND c.last_heard + %s <= ?
                      AND NOT EXISTS (SELECT 1 FROM command_answer a WHERE a.device = d.id AND a.id = c.id
                                      AND (a.outcome <> 'refused' OR a.received >= c.not_before))
                    """.formatted(OVERDUE);
            overdue =
                    prepare("SELECT d.id FROM command c JOIN device d ON d.id = c.target WHERE c.scope = 'device' AND "
                            + lost
                            + "UNION SELECT d.id FROM command c JOIN device_group g ON g.name = c.target"
                            + " JOIN device d ON d.id = g.device WHERE c.scope = 'group' AND " + lost + "LIMIT ?");
            forgetGroups = prepare("DELETE FROM device_group WHERE device = ?");
            addGroup = prepare("INSERT INTO device_group (device, name) VALUES (?, ?) ON CONFLICT DO NOTHING");
        } catch (SQLException e) {
            throw session.failed("cannot prepare the commands", e);
        }
    }

    private static String overdueMillis() {
        long first = Limits.COMMAND_OVERDUE.toMillis();
        long most = Limits.COMMAND_OVERDUE_MOST.toMillis();
        int doublings = 63 - Long.numberOfLeadingZeros(most / first);
        return "CASE WHEN c.heard > " + (doublings + 1) + " THEN " + most + " ELSE " + first
                + " << CAST(c.heard - 1 AS INTEGER) END";
    }

    private PreparedStatement prepare(String text) throws SQLException {
        PreparedStatement statement = session.prepare(text);
        all.add(statement);
        return statement;
    }

    /** Keeps a command, or counts that it was heard again. Inside of the caller's transaction. */
    void keep(HeardCommand heard) throws SQLException {
        switch (heard.target()) {
            case Target.Repeated repeat -> {
                if (!isRepeat(repeat.name(), heard)) {
                    keep(heard, new Target.Device(repeat.device()));
                }
            }
            case Target.Device device -> keep(heard, device);
            case Target.Group group -> keep(heard, group);
        }
    }

    private boolean isRepeat(String group, HeardCommand heard) throws SQLException {
        repeated.setLong(1, heard.receivedMillis());
        repeated.setString(2, group);
        repeated.setString(3, heard.command().id());
        repeated.setBytes(4, digest(heard.bytes()));
        return repeated.executeUpdate() > 0;
    }

    private void keep(HeardCommand heard, Target target) throws SQLException {
        keep.setString(1, target.scope());
        keep.setString(2, target.name());
        keep.setString(3, heard.command().id());
        keep.setBytes(4, digest(heard.bytes()));
        keep.setString(5, heard.command().type());
        keep.setBytes(6, heard.bytes());
        keep.setString(7, heard.keyIds().isEmpty() ? null : String.join(" ", heard.keyIds()));
        Long notBefore = heard.command().notBeforeMillis();
        keep.setLong(8, notBefore == null ? 0 : notBefore);
        keep.setLong(9, heard.expiresMillis());
        keep.setLong(10, heard.receivedMillis());
        keep.setLong(11, heard.receivedMillis());
        keep.executeUpdate();
    }

    /** Keeps what became of a command. Inside of the transaction that stores the row. */
    public void answered(String device, CommandResult result, long nowMillis) throws SQLException {
        answered.setString(1, device);
        answered.setString(2, Text.storable(result.command()));
        answered.setString(3, Text.storable(result.type()));
        answered.setString(4, result.outcome().text());
        answered.setString(5, Text.storable(result.reason()));
        answered.setString(6, Text.storable(result.result()));
        answered.setObject(7, result.resultBytes(), Types.INTEGER);
        answered.setLong(8, result.at().wallMillis());
        answered.setLong(9, nowMillis);
        answered.executeUpdate();
    }

    /** Remembers of which groups a device says that it is. Inside of the caller's transaction. */
    void groups(String device, Collection<String> groups) throws SQLException {
        forgetGroups.setString(1, device);
        forgetGroups.executeUpdate();
        for (String group : groups) {
            addGroup.setString(1, device);
            addGroup.setString(2, group);
            addGroup.executeUpdate();
        }
    }

    /** What this device has not answered yet, from that number on, in the order in which it was sent. */
    List<Waiting> waiting(String device, long afterNumber, long nowMillis) {
        try {
            waiting.setString(1, device);
            waiting.setString(2, device);
            waiting.setLong(3, afterNumber);
            waiting.setLong(4, nowMillis);
            waiting.setLong(5, nowMillis);
            waiting.setString(6, device);
            waiting.setInt(7, Limits.COMMANDS_AT_ONCE);
            List<Waiting> rows = new ArrayList<>();
            try (ResultSet row = waiting.executeQuery()) {
                while (row.next()) {
                    String name = row.getString(3);
                    Target target =
                            row.getString(2).equals("device") ? new Target.Device(name) : new Target.Group(name);
                    rows.add(new Waiting(row.getLong(1), target, row.getBytes(4), row.getLong(5)));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw session.failed("cannot read what " + device + " has to do", e);
        }
    }

    /** Whom a command may be for that was not to be carried out before some time between these two. */
    List<String> ripened(long afterMillis, long untilMillis) {
        try {
            for (int each = 0; each < 6; each += 3) {
                ripened.setLong(each + 1, afterMillis);
                ripened.setLong(each + 2, untilMillis);
                ripened.setLong(each + 3, untilMillis);
            }
            ripened.setInt(7, Limits.DEVICES_UNWRITTEN);
            List<String> devices = new ArrayList<>();
            try (ResultSet row = ripened.executeQuery()) {
                while (row.next()) {
                    devices.add(row.getString(1));
                }
            }
            return devices;
        } catch (SQLException e) {
            throw session.failed("cannot read which commands are due", e);
        }
    }

    /** Devices that are there and have not answered a command for so long that it may have been lost on its way. */
    List<String> overdue(long nowMillis) {
        try {
            for (int each = 1; each <= 6; each++) {
                overdue.setLong(each, nowMillis);
            }
            overdue.setInt(7, Limits.DEVICES_AT_ONCE);
            List<String> devices = new ArrayList<>();
            try (ResultSet row = overdue.executeQuery()) {
                while (row.next()) {
                    devices.add(row.getString(1));
                }
            }
            return devices;
        } catch (SQLException e) {
            throw session.failed("cannot read which commands were not answered", e);
        }
    }

    /** Drops what is over and old, and the oldest of more than there may be. */
    void forgetOld(long nowMillis) {
        long longAgo = nowMillis - Limits.COMMANDS_KEPT_FOR.toMillis();
        try (var statement = session.connection().createStatement()) {
            statement.executeUpdate("DELETE FROM command WHERE expires < " + longAgo + " AND received < " + longAgo);
            statement.executeUpdate(
                    "DELETE FROM command WHERE number <= (SELECT max(number) FROM command) - " + Limits.COMMANDS_KEPT);
            statement.executeUpdate("DELETE FROM command_answer WHERE received < " + longAgo
                    + " AND NOT EXISTS (SELECT 1 FROM command c WHERE c.id = command_answer.id)");
            statement.executeUpdate("DELETE FROM command_answer WHERE number <="
                    + " (SELECT max(number) FROM command_answer) - " + Limits.ANSWERS_KEPT);
        } catch (SQLException e) {
            throw session.failed("cannot drop old commands", e);
        }
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256", e);
        }
    }

    @Override
    public void close() {
        try {
            for (PreparedStatement statement : all) {
                statement.close();
            }
        } catch (SQLException e) {
            throw session.failed("cannot close the commands", e);
        }
    }
}
