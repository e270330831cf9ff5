package io.fulmar.fleet.database;

import io.fulmar.fleet.base.Limits;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What only one of the services on a database does at a time. Whoever has it keeps it until its session ends, however that
 * ends; then another one gets it. In SQLite there is one service only, which always has it. Owned by the thread of its
 * session.
 */
public final class Duty {
    /** To listen to what brokers keep, and what goes with it. */
    public static final long LISTENING = 0x66756c6d6174L;

    private static final long SINKS = 0x66756c00_00000000L;

    private final Session session;
    private final long lock;
    private boolean mine;
    private boolean asked;
    private long askedNanos;

    /** @param what which duty; services that name the same number share it */
    public Duty(Session session, long what) {
        this.session = session;
        this.lock = what;
        this.mine = session.dialect() == Dialect.SQLITE;
    }

    /** To send records to the sink of that name. */
    public static long sink(String name) {
        return SINKS | (name.hashCode() & 0xffff_ffffL);
    }

    /** Whether this service has it, after a try to get it if the last one was some time ago. */
    public boolean taken(long nowNanos) {
        if (mine || (asked && nowNanos - askedNanos < Limits.DUTY_CHECK.toNanos())) {
            return mine;
        }
        asked = true;
        askedNanos = nowNanos;
        mine = answer("SELECT pg_try_advisory_lock(?)");
        return mine;
    }

    /** Lets another service have it. */
    public void release() {
        if (mine && session.dialect() == Dialect.POSTGRESQL) {
            answer("SELECT pg_advisory_unlock(?)");
            mine = false;
        }
    }

    private boolean answer(String sql) {
        try (PreparedStatement statement = session.prepare(sql)) {
            statement.setLong(1, lock);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        } catch (SQLException e) {
            throw session.failed("cannot agree with the other services on who does what", e);
        }
    }
}
