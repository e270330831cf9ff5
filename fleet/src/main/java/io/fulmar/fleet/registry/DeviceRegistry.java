package io.fulmar.fleet.registry;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Status;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which devices there are, when they were last heard of, and what they said about themselves.
 *
 * <p>News is collected and written together by {@link #flush()}, since a device's liveness is not worth a disk sync a
 * message; the last second of it may be lost in a crash, and the devices say it again. Owned by the ingest thread, as is
 * the session, which it does not close.
 */
public final class DeviceRegistry implements AutoCloseable {
    private static final String UPSERT = """
            INSERT INTO device (id, first_seen, last_seen, online, agent_version, last_hello, status, refused, shared)
            VALUES (?, ?, ?, coalesce(?, 0), ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                last_seen = CASE WHEN excluded.last_seen > device.last_seen
                                 THEN excluded.last_seen ELSE device.last_seen END,
                online = coalesce(?, device.online),
                agent_version = coalesce(excluded.agent_version, device.agent_version),
                last_hello = coalesce(excluded.last_hello, device.last_hello),
                status = coalesce(excluded.status, device.status), refused = device.refused + excluded.refused,
                shared = coalesce(excluded.shared, device.shared)""";

    private final Session session;
    private final PreparedStatement upsert;
    private final DeviceEvents events;
    /** By name, so that two services lock the rows in one order. */
    private final Map<String, News> news = new TreeMap<>();

    private boolean onlineForgotten;
    private boolean urgent;

    public DeviceRegistry(Session session) {
        this.session = session;
        try {
            this.upsert = session.prepare(UPSERT);
        } catch (SQLException e) {
            throw session.failed("cannot prepare the registry", e);
        }
        this.events = new DeviceEvents(session);
    }

    /**
     * Nobody is known to be online from here on: there is no connection to the broker. Who is there says hello over the next
     * one, or has a status that the broker kept.
     */
    public void forgetOnline() {
        onlineForgotten = true;
        news.values().forEach(of -> of.online = null);
    }

    /** A batch of that device came in. */
    public void heard(String device, long nowMillis) {
        of(device, nowMillis);
    }

    /** The device connected. */
    public void hello(String device, Hello hello, long nowMillis) {
        News of = of(device, nowMillis);
        of.online = true;
        of.agentVersion = hello.agentVersion();
        of.lastHello = nowMillis;
        of.connected = "agent " + hello.agentVersion() + ", start " + hello.boot();
        urgent = true;
    }

    /**
     * The device, or the broker in its name, said how it is.
     *
     * @param retained whether the broker had kept it from before: then it says nothing about when the device was there
     */
    public void status(String device, Status status, String document, boolean retained, long nowMillis) {
        News of = of(device, retained ? Math.min(status.wallMillis(), nowMillis) : nowMillis);
        of.online = status.online();
        of.agentVersion = status.agentVersion();
        of.status = document;
        if (!status.online() && !retained) {
            of.gone = status.reason() == null ? "" : status.reason();
        }
    }

    /** Two devices are using this identity. */
    public void shared(String device, long nowMillis) {
        of(device, nowMillis).shared = nowMillis;
    }

    /** A message of that device was refused. */
    public void refused(String device, long nowMillis) {
        of(device, nowMillis).refused++;
    }

    /** Whether so much waits that it should be written now. */
    public boolean full() {
        return news.size() >= Limits.DEVICES_UNWRITTEN;
    }

    /** Whether a device connected since the last time. */
    public boolean urgent() {
        return urgent;
    }

    /** Writes what was heard since the last time, in one transaction. Returns how many devices that were. */
    public int flush() {
        if (news.isEmpty() && !onlineForgotten) {
            return 0;
        }
        session.transaction("what is known about " + news.size() + " devices", in -> {
            if (onlineForgotten) {
                try (var forget = in.prepare("UPDATE device SET online = 0 WHERE online <> 0")) {
                    forget.executeUpdate();
                }
            }
            for (Map.Entry<String, News> entry : news.entrySet()) {
                write(entry.getKey(), entry.getValue());
                note(entry.getKey(), entry.getValue());
            }
            return news.size();
        });
        int written = news.size();
        news.clear();
        onlineForgotten = false;
        urgent = false;
        return written;
    }

    private void write(String device, News of) throws SQLException {
        upsert.setString(1, device);
        Integer online = of.online == null ? null : of.online ? 1 : 0;
        upsert.setLong(2, of.lastSeen);
        upsert.setLong(3, of.lastSeen);
        upsert.setObject(4, online, Types.INTEGER);
        upsert.setString(5, Text.storable(of.agentVersion));
        upsert.setObject(6, of.lastHello, Types.BIGINT);
        upsert.setString(7, Text.storable(of.status));
        upsert.setLong(8, of.refused);
        upsert.setObject(9, of.shared, Types.BIGINT);
        upsert.setObject(10, online, Types.INTEGER);
        upsert.executeUpdate();
    }

    private void note(String device, News of) throws SQLException {
        if (of.gone != null) {
            events.add(device, of.lastSeen, "gone", of.gone.isEmpty() ? null : of.gone);
        }
        if (of.connected != null) {
            events.add(device, of.lastSeen, "connected", of.connected);
        }
    }

    private News of(String device, long nowMillis) {
        News of = news.computeIfAbsent(device, id -> new News());
        of.lastSeen = Math.max(of.lastSeen, nowMillis);
        return of;
    }

    @Override
    public void close() {
        events.close();
        try {
            upsert.close();
        } catch (SQLException e) {
            throw session.failed("cannot close the registry", e);
        }
    }

    /** What was heard of one device since the last flush. */
    private static final class News {
        private long lastSeen;
        private @Nullable Boolean online;
        private @Nullable String agentVersion;
        private @Nullable Long lastHello;
        private @Nullable String status;
        private long refused;
        private @Nullable Long shared;
        private @Nullable String connected;
        private @Nullable String gone;
    }
}
