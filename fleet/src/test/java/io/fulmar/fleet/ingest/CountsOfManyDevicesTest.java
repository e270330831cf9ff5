package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.CountFilter;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.LabelCount;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long questions about the whole fleet take, in a database as two thousand devices fill it in 90 days. */
@Tag("long")
class CountsOfManyDevicesTest {
    private static final int DEVICES = Integer.getInteger("fulmar.devices", 2_000);
    private static final int DAYS = 90;
    private static final long HOUR = 3_600_000;
    private static final long END = 500_000 * HOUR;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @ParameterizedTest
    @EnumSource
    void theWholeFleetIsAskedAboutWithoutARowOfEveryDevice(TestDatabase kind) throws SQLException {
        kind.in(dir);
        try (Database database = Database.in(dir);
                Session session = database.openWriter();
                Statement statement = session.connection().createStatement()) {
            fill(kind, statement);
            for (int days : new int[] {7, 90}) {
                long from = END - days * 24L * HOUR;
                String step = days == 7 ? "hour" : "hour - hour % 86400000";
                long began = System.nanoTime();
                long before = sum(
                        statement,
                        "SELECT sum(c) FROM (SELECT " + step + " AS s, model, version, label, sum(count) AS c"
                                + " FROM prediction_count WHERE hour >= " + from + " GROUP BY " + step
                                + ", model, version, label) x");
                long between = System.nanoTime();
                long after;
                try (var queries = FleetQueries.open(database)) {
                    after = queries
                            .labels(
                                    new CountFilter(null, null, null, from, Long.MAX_VALUE),
                                    days == 7 ? FleetQueries.Step.HOUR : FleetQueries.Step.DAY,
                                    0,
                                    10_000)
                            .stream()
                            .mapToLong(LabelCount::count)
                            .sum();
                }
                long end = System.nanoTime();
                System.out.printf(
                        Locale.ROOT,
                        "%s, %d devices, %d days: %.1f ms over the rows of each device, %.1f ms over the sums%n",
                        kind,
                        DEVICES,
                        days,
                        (between - began) / 1e6,
                        (end - between) / 1e6);
                assertThat(after).isEqualTo(before).isEqualTo((long) DEVICES * days * 24 * 3 * 100);
            }
        }
    }

    private static void fill(TestDatabase kind, Statement statement) throws SQLException {
        String series = kind == TestDatabase.POSTGRESQL
                ? "generate_series(1, %d) AS %s(n)"
                : "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n FROM s) AS %s";
        String device =
                kind == TestDatabase.POSTGRESQL ? "'device-' || lpad(d.n::text, 6, '0')" : "printf('device-%06d', d.n)";
        statement.execute("INSERT INTO prediction_count (device, model, version, hour, label, count) SELECT " + device
                + ", 'bearing-condition', '1.0.0', " + END + " - CAST(h.n AS BIGINT) * " + HOUR
                + ", 'label-' || l.n, 100 FROM " + String.format(series, DEVICES, "d") + ", "
                + String.format(series, DAYS * 24, "h") + ", " + String.format(series, 3, "l"));
        statement.execute(
                "INSERT INTO prediction_total (model, version, hour, label, slot, count)"
                        + " SELECT model, version, hour, label, 0, sum(count) FROM prediction_count GROUP BY model, version, hour, label");
        statement.execute("ANALYZE");
    }

    private static long sum(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
