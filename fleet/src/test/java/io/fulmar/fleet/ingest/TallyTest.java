package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.TestRecords;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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

    private static Arrival at(Arrival arrival) {
        return new Arrival(arrival.device(), arrival.batch(), arrival.envelope(), NOW);
    }

    private void ingest(Arrival... arrivals) {
        try (var ledger = OwningLedger.of(Database.in(dir).openWriter())) {
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
