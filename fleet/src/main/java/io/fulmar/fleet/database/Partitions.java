package io.fulmar.fleet.database;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Set;

/**
 * The parts of the table of records, one for each day of reception (UTC), so that old ones are dropped as a whole. There are
 * none in SQLite, where nothing is to be done. Owned by the thread of its session.
 */
public final class Partitions {
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("'record_'uuuuMMdd");
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
