package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.command.CommandStore;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows that were stamped by a wrong clock are told with the time they were made at. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class CorrectedTimesTest {
    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    private static final long NOW = 1_795_000_000_000L;

    @TempDir
    private Path dir;

    private final TestStream data = new TestStream("press-7", 9, Stream.DATA);
    private final TestStream event = new TestStream("press-7", 9, Stream.EVENT);

    private static byte[] made(Stamp at, String kind) {
        return Records.encode(new DeviceEvent(at, kind, ""));
    }

    private void store(TestStream stream) throws SQLException {
        try (Session session = Database.in(dir).openWriter();
                var ledger = new SqlLedger(session, new CommandStore(session), 0)) {
            ledger.ingest(List.of(stream.rows(1, stream.size())));
        }
    }

    private List<PredictionRow> rows(String stream) {
        try (var queries = FleetQueries.open(dir)) {
            return queries.predictions("press-7", 100).reversed().stream()
                    .filter(row -> row.stream().equals(stream))
                    .toList();
        }
    }

    @BeforeEach
    void choose() {
        database.in(dir);
    }

    @Test
    void rowsFromBeforeTheClockWasKnownAreCorrectedByTheUptimeOfTheirBoot() throws SQLException {
        data.record(made(new Stamp(5_000, 700_000, 3), "of the boot before"));
        data.record(made(new Stamp(7_000, 1_000, 4), "before"));
        data.record(made(new Stamp(9_500, 3_500, 4), "before"));
        data.record(made(new Stamp(12_000, 6_000, 4, NOW), "after"));
        store(data);
        assertThat(rows("data"))
                .extracting(PredictionRow::timeMillis)
                .containsExactly(5_000L, 7_000L, 9_500L, NOW + 12_000);

        event.record(made(new Stamp(11_000, 5_000, 4, NOW), DeviceEvent.CLOCK_KNOWN));
        store(event);

        List<PredictionRow> rows = rows("data");
        assertThat(rows).extracting(PredictionRow::seq).containsExactly(1L, 2L, 3L, 4L);
        assertThat(rows).extracting(PredictionRow::wallMillis).containsExactly(5_000L, 7_000L, 9_500L, 12_000L);
        assertThat(rows)
                .extracting(PredictionRow::timeMillis)
                .containsExactly(5_000L, NOW + 7_000, NOW + 9_500, NOW + 12_000);
        assertThat(rows).extracting(PredictionRow::corrected).containsExactly(false, true, true, true);
        assertThat(QueryJson.predictions(rows.subList(1, 2)))
                .contains("\"at\":\"2026-11-18T", "\"believed\":\"1970-01-01T00:00:07Z\"");
    }

    @Test
    void aClockThatJumpedBeforeTheTimeWasKnownIsCorrectedAllTheSame() throws SQLException {
        data.record(made(new Stamp(NOW + 1_000, 1_000, 4), "right"));
        data.record(made(new Stamp(NOW * 2, 2_000, 4), "jumped"));
        data.record(made(new Stamp(77, 3_000, 4), "jumped back"));
        store(data);
        event.record(made(new Stamp(NOW + 4_000, 4_000, 4), DeviceEvent.CLOCK_KNOWN));
        store(event);

        assertThat(rows("data"))
                .extracting(PredictionRow::timeMillis)
                .containsExactly(NOW + 1_000, NOW + 2_000, NOW + 3_000);
    }

    @Test
    void anotherDeviceAndAnotherStoreAreNotCorrected() throws SQLException {
        TestStream other = new TestStream("press-8", 9, Stream.EVENT);
        other.record(made(new Stamp(11_000, 5_000, 4, NOW), DeviceEvent.CLOCK_KNOWN));
        store(other);
        TestStream later = new TestStream("press-7", 10, Stream.EVENT);
        later.record(made(new Stamp(11_000, 5_000, 4, NOW), DeviceEvent.CLOCK_KNOWN));
        store(later);
        data.record(made(new Stamp(7_000, 1_000, 4), "before"));
        store(data);

        assertThat(rows("data")).extracting(PredictionRow::timeMillis).containsExactly(7_000L);
    }

    @Test
    void absurdTimesAreToldAndBreakNothing() throws SQLException {
        data.record(made(new Stamp(Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE), "x"));
        data.record(made(new Stamp(Long.MIN_VALUE, 1, 4), DeviceEvent.CLOCK_KNOWN));
        data.record(made(new Stamp(1, 0, 4), "x"));
        store(data);

        assertThat(rows("data")).hasSize(3);
        assertThat(QueryJson.predictions(rows("data"))).contains("believed");
    }
}
