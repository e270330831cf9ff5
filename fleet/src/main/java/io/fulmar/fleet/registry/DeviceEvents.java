package io.fulmar.fleet.registry;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened to devices. Owned by one thread, as is the session, which it does not close. */
public final class DeviceEvents implements AutoCloseable {
    private final Session session;
    private final PreparedStatement insert;

    /**
     * Something that happened.
     *
     * @param number rises in the order in which the fleet noticed
     * @param kind one of a few words
     *     <p>Immutable.
     */
    public record Event(
            long number,
            String device,
            long atMillis,
            String kind,
            @Nullable String detail) {}

    public DeviceEvents(Session session) {
        this.session = session;
        try {
            insert = session.prepare("INSERT INTO device_event (device, at, kind, detail) VALUES (?, ?, ?, ?)");
        } catch (SQLException e) {
            throw session.failed("cannot prepare the history of devices", e);
        }
    }

    /** Notes something. */
    public void add(String device, long atMillis, String kind, @Nullable String detail) throws SQLException {
        insert.setString(1, device);
        insert.setLong(2, atMillis);
        insert.setString(3, kind);
        insert.setString(
                4, Text.storable(detail == null || detail.length() <= 500 ? detail : detail.substring(0, 499) + "…"));
        insert.executeUpdate();
    }

    /** Drops what is older than the limit, and of each device all but the newest. */
    public static void forgetOld(Session session, long nowMillis) throws SQLException {
        try (PreparedStatement old = session.prepare("DELETE FROM device_event WHERE at < ?")) {
            old.setLong(1, nowMillis - Limits.DEVICE_EVENTS_KEPT_FOR.toMillis());
            old.executeUpdate();
        }
        List<String> crowded = new ArrayList<>();
        try (PreparedStatement count =
                session.prepare("SELECT device FROM device_event GROUP BY device HAVING count(*) > ?")) {
            count.setInt(1, Limits.DEVICE_EVENTS_KEPT);
            try (ResultSet row = count.executeQuery()) {
                while (row.next()) {
                    crowded.add(row.getString(1));
                }
            }
        }
        try (PreparedStatement most = session.prepare("""
                DELETE FROM device_event WHERE device = ? AND number <=
                    (SELECT number FROM device_event WHERE device = ? ORDER BY number DESC LIMIT 1 OFFSET ?)""")) {
            for (String device : crowded) {
                most.setString(1, device);
                most.setString(2, device);
                most.setInt(3, Limits.DEVICE_EVENTS_KEPT);
                most.executeUpdate();
            }
        }
    }

    /** The newest first, older than that number. */
    public static List<Event> of(Session session, String device, long before, int limit) {
        try (PreparedStatement query = session.prepare("""
                SELECT number, device, at, kind, detail FROM device_event
                WHERE device = ? AND number < ? ORDER BY number DESC LIMIT ?""")) {
            query.setString(1, device);
            query.setLong(2, before);
            query.setInt(3, limit);
            List<Event> events = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    events.add(new Event(
                            row.getLong(1), row.getString(2), row.getLong(3), row.getString(4), row.getString(5)));
                }
            }
            return events;
        } catch (SQLException e) {
            throw session.failed("cannot read the history of " + device, e);
        }
    }

    @Override
    public void close() {
        try {
            insert.close();
        } catch (SQLException e) {
            throw session.failed("cannot close the history of devices", e);
        }
    }
}
