package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.TestRecords;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.command.CommandStore;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Each prediction that is stored is counted once. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class TallyTest {
    private static final long HOUR = 3_600_000;
    private static final long NOW = 500_000 * HOUR + 1_000;

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private final TestStream device = new TestStream("press-7", 9, Stream.DATA);

    @BeforeEach
    void choose() {
        database.in(dir);
    }

    @Test
    void byLabelAndHourHoweverOftenTheyAreDelivered() throws SQLException {
        device.record(TestRecords.prediction("normal", 0.9f, NOW))
                .record(TestRecords.prediction("normal", 0.9f, NOW + 1))
                .record(TestRecords.prediction("imbalance", 0.9f, NOW - HOUR))
                .record(new byte[] {1, 2, 3})
                .record(TestRecords.prediction("normal", 0.9f, NOW - HOUR));
        ingest(at(device.rows(1, 3)), at(device.rows(2, 4)), at(device.rows(1, 2)));
        ingest(at(device.rows(3, 5)));
        ingest(at(device.rows(1, 5)));

        assertThat(labels())
                .containsExactly(
                        (500_000 - 1) * HOUR + " imbalance 1",
                        (500_000 - 1) * HOUR + " normal 1",
                        500_000 * HOUR + " normal 2");
    }

    @Test
    void byConfidenceInTwentyBuckets() throws SQLException {
        for (float score : new float[] {0f, 0.049f, 0.05f, 0.5f, 0.999f, 1f, 7f, -1f, Float.NaN}) {
            device.record(TestRecords.prediction("normal", score, NOW));
        }
        ingest(at(device.rows(1, device.size())));
        assertThat(list("SELECT bucket || ' ' || count FROM confidence_count ORDER BY bucket"))
                .containsExactly("0 3", "1 1", "10 1", "19 3");
    }

    @Test
    void byTheTimeOfReceptionWhereTheDeviceHasNone() throws SQLException {
        device.record(TestRecords.prediction("normal", 0.9f, 5_000))
                .record(TestRecords.prediction("normal", 0.9f, NOW + 2 * HOUR))
                .record(TestRecords.prediction("normal", 0.9f, Long.MAX_VALUE));
        ingest(at(device.rows(1, 3)));
        assertThat(labels()).containsExactly(500_000 * HOUR + " normal 3");
    }

    @Test
    void aModelThatSaysSomethingElseEachTimeDoesNotFillTheDatabase() throws SQLException {
        for (int i = 0; i < 300; i++) {
            device.record(TestRecords.prediction("label-" + i, 0.9f, NOW));
        }
        ingest(at(device.rows(1, 100)));
        ingest(at(device.rows(101, 200)), at(device.rows(201, 300)));

        assertThat(labels()).hasSize(Limits.LABELS_COUNTED + 1);
        assertThat(list("SELECT sum(count) FROM prediction_count")).containsExactly("300");
        assertThat(list("SELECT count FROM prediction_count WHERE label = '" + Tally.OTHERS + "'"))
                .containsExactly(Integer.toString(300 - Limits.LABELS_COUNTED));
    }

    @Test
    void severalServicesAddUpToOneSum() throws SQLException {
        var other = new TestStream("press-8", 10, Stream.DATA);
        byte[] normal = TestRecords.prediction("normal", 0.9f, NOW);
        device.record(normal).record(normal);
        other.record(normal).record(TestRecords.prediction("imbalance", 0.9f, NOW));
        for (int turn = 0; turn < 2; turn++) {
            ingest(1, at(device.rows(turn + 1, turn + 1)));
            ingest(2, at(other.rows(turn + 1, turn + 1)));
        }
        assertThat(list("SELECT slot || ' ' || label || ' ' || count FROM prediction_total ORDER BY slot, label"))
                .containsExactly("1 normal 2", "2 imbalance 1", "2 normal 1");
        try (var queries = FleetQueries.open(Database.in(dir))) {
            assertThat(queries.labels(null, null, 0, Long.MAX_VALUE))
                    .extracting(count -> count.label() + " " + count.count())
                    .containsExactly("imbalance 1", "normal 3");
            assertThat(queries.labels("press-8", null, 0, Long.MAX_VALUE)).hasSize(2);
        }
    }

    @Test
    void ofAnOlderDatabaseTheyAreMadeFromWhatItHas() throws SQLException {
        device.record(TestRecords.prediction("normal", 0.9f, NOW)).record(TestRecords.prediction("normal", 0.2f, NOW));
        ingest(at(device.rows(1, 2)));
        List<String> before = list(TOTALS);
        try (Session session = Database.in(dir).openWriter();
                var statement = session.connection().createStatement()) {
            statement.execute("DROP TABLE prediction_total");
            statement.execute("DROP TABLE confidence_total");
            statement.execute("DROP VIEW prediction");
            statement.execute("ALTER TABLE record DROP COLUMN found");
            statement.execute("CREATE VIEW prediction AS SELECT id FROM record");
            statement.execute("DROP INDEX record_statistics");
            statement.execute("DROP INDEX record_statistics_of");
            statement.execute("DROP TABLE truth");
            statement.execute("DROP TABLE sample_chunk");
            statement.execute("DROP TABLE sample");
            statement.execute(
                    database == TestDatabase.SQLITE
                            ? "PRAGMA user_version = 9"
                            : "UPDATE fulmar_schema SET version = 9");
        }
        Database.in(dir).openWriter().close();
        assertThat(list(TOTALS)).isEqualTo(before).containsExactly("bearing-condition normal 2");
    }

    private static final String TOTALS =
            "SELECT model || ' ' || label || ' ' || sum(count) FROM prediction_total GROUP BY model, label ORDER BY 1";

    @AfterEach
    void theSumsOfAllDevicesAreThoseOfEach() throws SQLException {
        String by = " GROUP BY model, version, hour, ";
        assertThat(list("SELECT model || ' ' || hour || ' ' || label || ' ' || sum(count) FROM prediction_total" + by
                        + "label ORDER BY 1"))
                .isEqualTo(list("SELECT model || ' ' || hour || ' ' || label || ' ' || sum(count) FROM prediction_count"
                        + by + "label ORDER BY 1"))
                .isNotEmpty();
        assertThat(list("SELECT model || ' ' || hour || ' ' || bucket || ' ' || sum(count) FROM confidence_total" + by
                        + "bucket ORDER BY 1"))
                .isEqualTo(
                        list("SELECT model || ' ' || hour || ' ' || bucket || ' ' || sum(count) FROM confidence_count"
                                + by + "bucket ORDER BY 1"));
    }

    private static Arrival at(Arrival arrival) {
        return new Arrival(arrival.device(), arrival.batch(), arrival.envelope(), NOW);
    }

    private void ingest(Arrival... arrivals) {
        ingest(0, arrivals);
    }

    private void ingest(int slot, Arrival... arrivals) {
        try (Session session = Database.in(dir).openWriter();
                var ledger = new SqlLedger(session, new CommandStore(session), slot)) {
            ledger.ingest(List.of(arrivals));
        }
    }

    private List<String> labels() throws SQLException {
        return list("SELECT hour || ' ' || label || ' ' || count FROM prediction_count ORDER BY hour, label");
    }

    private List<String> list(String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Session session = Database.in(dir).openReader();
                PreparedStatement statement = session.prepare(sql);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return rows;
    }
}
