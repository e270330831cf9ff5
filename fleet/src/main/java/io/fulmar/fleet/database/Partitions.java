package io.fulmar.fleet.database;

import io.fulmar.fleet.base.Limits;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The parts of the table of records, one for each day of reception (UTC), so that old ones are dropped as a whole. There are
 * none in SQLite, where nothing is to be done. Owned by the thread of its session.
 */
public final class Partitions {
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("'record_'uuuuMMdd");
    private static final String LOCKED = "55P03";
    private static final long LOCK = 0x66756c6d6173L;

    private final Session session;
    private final Set<LocalDate> known = new HashSet<>();

    public Partitions(Session session) {
        this.session = session;
    }

    /** Makes that of a day and of the one after it, if they are missing. Not inside of a transaction. */
    public void ensure(long receivedMillis) {
        if (session.dialect() == Dialect.SQLITE) {
            return;
        }
        LocalDate day = day(receivedMillis);
        if (known.contains(day)) {
            return;
        }
        session.transaction("the records of " + day, in -> {
            try (Statement statement = in.connection().createStatement()) {
                statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
                make(statement, day);
                make(statement, day.plusDays(1));
            }
            return true;
        });
        known.add(day);
    }

    /** Drops every day that ended before that time, one at a time; a day that somebody is reading stays for now. */
    public int dropBefore(long millis) {
        if (session.dialect() == Dialect.SQLITE) {
            return 0;
        }
        int dropped = 0;
        for (String name : names()) {
            LocalDate day = LocalDate.parse(name, NAME);
            if (millis(day.plusDays(1)) <= millis && drop(name)) {
                known.remove(day);
                dropped++;
            }
        }
        return dropped;
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        session.scan(
                "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                        + " WHERE i.inhparent = 'record'::regclass ORDER BY c.relname",
                row -> names.add(row.getString(1)));
        return names;
    }

    private boolean drop(String name) {
        return session.transaction("that " + name + " is gone", in -> {
            try (Statement statement = in.connection().createStatement()) {
                statement.execute("SET LOCAL lock_timeout = " + Limits.RETENTION_LOCK.toMillis());
                statement.execute("SAVEPOINT before");
                try {
                    statement.execute("DROP TABLE IF EXISTS " + name);
                    return true;
                } catch (SQLException e) {
                    if (!LOCKED.equals(e.getSQLState())) {
                        throw e;
                    }
                    statement.execute("ROLLBACK TO before");
                    return false;
                }
            }
        });
    }

    /** Attached and not created as a part, since that would lock out everybody who reads or writes. */
    private static void make(Statement statement, LocalDate day) throws SQLException {
        String name = NAME.format(day);
        try (ResultSet row = statement.executeQuery("SELECT to_regclass('" + name + "')")) {
            if (row.next() && row.getString(1) != null) {
                return;
            }
        }
        statement.execute("CREATE TABLE " + name + " (LIKE record INCLUDING ALL)");
        statement.execute("ALTER TABLE record ATTACH PARTITION " + name + " FOR VALUES FROM (" + millis(day) + ") TO ("
                + millis(day.plusDays(1)) + ")");
    }

    private static LocalDate day(long millis) {
        return Instant.ofEpochMilli(millis).atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static long millis(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }
}
