package io.fulmar.fleet.api.security;

import static io.fulmar.fleet.api.security.AccessDatabase.change;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Who asked for which change and what became of it. The entry is on disk before anything is changed. Thread-safe.
 */
public final class AuditLog {
    private final AccessDatabase database;
    private final InstantSource clock;
    private final AtomicLong tidied = new AtomicLong(Long.MIN_VALUE);

    public AuditLog(AccessDatabase database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Somebody is about to change something; returns the number of the entry. */
    public long begin(Caller caller, String what, String target, String address) {
        long now = clock.millis();
        return database.write("who asks for a change", session -> {
            tidy(session, now);
            return AccessDatabase.rows(
                            session,
                            """
                            INSERT INTO audit (at, caller, name, role, what, target, status, address)
                            VALUES (?, ?, ?, ?, ?, ?, 0, ?) RETURNING number""",
                            row -> row.getLong(1),
                            now,
                            caller.id(),
                            caller.name(),
                            caller.role().text(),
                            what,
                            clipped(target),
                            address)
                    .getFirst();
        });
    }

    /** What became of it. */
    public void end(long number, int status, String target, @Nullable String detail) {
        database.write(
                "what became of a change",
                session -> change(
                        session,
                        "UPDATE audit SET status = ?, target = ?, detail = ? WHERE number = ?",
                        status,
                        clipped(target),
                        detail == null ? null : clipped(detail),
                        number));
    }

    /** The newest entries, newest first; those before that number. */
    public List<AuditEntry> list(@Nullable Long before, int limit) {
        return database.list(
                """
                SELECT number, at, caller, name, role, what, target, detail, status, address FROM audit
                WHERE number < ? ORDER BY number DESC LIMIT\s""" + limit,
                row -> new AuditEntry(
                        row.getLong(1),
                        row.getLong(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6),
                        row.getString(7),
                        row.getString(8),
                        row.getInt(9),
                        row.getString(10)),
                before == null ? Long.MAX_VALUE : before);
    }

    private void tidy(Session session, long now) throws SQLException {
        long last = tidied.get();
        if (last == Long.MIN_VALUE || now - last >= Limits.AUDIT_TIDIED.toMillis()) {
            tidied.set(now);
            change(session, "DELETE FROM audit WHERE at < ?", now - Limits.AUDIT_KEPT_FOR.toMillis());
            change(
                    session,
                    "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - " + Limits.AUDIT_ENTRIES);
        }
    }

    private static String clipped(String text) {
        return text.length() <= Limits.AUDIT_CHARS ? text : text.substring(0, Limits.AUDIT_CHARS - 1) + "…";
    }
}
