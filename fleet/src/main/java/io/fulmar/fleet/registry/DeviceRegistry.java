package io.fulmar.fleet.registry;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Status;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.LinkedHashMap;
import java.util.Map;
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
            VALUES (?1, ?2, ?2, coalesce(?3, 0), ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (id) DO UPDATE SET
                last_seen = max(last_seen, ?2), online = coalesce(?3, online),
                agent_version = coalesce(?4, agent_version), last_hello = coalesce(?5, last_hello),
                status = coalesce(?6, status), refused = refused + ?7,
                shared = coalesce(?8, shared)""";

    private final Session session;
    private final PreparedStatement upsert;
    private final Map<String, News> news = new LinkedHashMap<>();
    private boolean onlineForgotten;
    private boolean urgent;

    public DeviceRegistry(Session session) {
        this.session = session;
        try {
            this.upsert = session.prepare(UPSERT);
        } catch (SQLException e) {
            throw session.failed("cannot prepare the registry", e);
        }
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
        upsert.setLong(2, of.lastSeen);
        upsert.setObject(3, of.online == null ? null : of.online ? 1 : 0, Types.INTEGER);
        upsert.setString(4, of.agentVersion);
        upsert.setObject(5, of.lastHello, Types.BIGINT);
        upsert.setString(6, of.status);
        upsert.setLong(7, of.refused);
        upsert.setObject(8, of.shared, Types.BIGINT);
        upsert.executeUpdate();
    }

    private News of(String device, long nowMillis) {
        News of = news.computeIfAbsent(device, id -> new News());
        of.lastSeen = Math.max(of.lastSeen, nowMillis);
        return of;
    }

    @Override
    public void close() {
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
    }
}
