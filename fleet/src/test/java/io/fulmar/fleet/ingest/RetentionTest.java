package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.TestRecords;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.CountFilter;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is too old goes, and how far a stream is stored does not go with it. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class RetentionTest {
    private static final long DAY = 86_400_000;
    private static final long START = 20_000 * DAY;
    private static final Duration KEEP = Duration.ofDays(90);

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
    void recordsOfDaysThatAreOverForSoLongAreDroppedAndTheStreamGoesOn() {
        for (int day = 0; day < 120; day++) {
            device.record(TestRecords.prediction("normal", 0.9f, START + day * DAY));
        }
        try (Session session = Database.in(dir).openWriter();
                var ledger = Stepping.ledger(session)) {
            for (int day = 0; day < 120; day++) {
                ledger.ingest(List.of(received(device.rows(day + 1, day + 1), START + day * DAY + DAY / 2)));
            }
            long now = START + 119 * DAY + DAY - 1;
            var retention = new Retention(session, KEEP, Limits.SAMPLES_BYTES);
            assertThat(retention.work(0, now)).isPositive();
            assertThat(retention.work(1, now)).as("it rests").isZero();
            retention.work(Limits.RETENTION_CHECK.toNanos(), now);
            assertThat(stored()).first().isEqualTo(database == TestDatabase.SQLITE ? 31L : 30L);
            assertThat(stored()).last().isEqualTo(120L);

            assertThat(ledger.head("press-7", 9, Stream.DATA).next()).isEqualTo(121);
            assertThat(ledger.ingest(List.of(received(device.rows(1, 5), now))).getFirst())
                    .as("what was dropped is not stored again")
                    .isInstanceOf(Verdict.Duplicate.class);
            device.record(TestRecords.prediction("normal", 0.9f, now));
            assertThat(ledger.ingest(List.of(received(device.rows(121, 121), now)))
                            .getFirst())
                    .isInstanceOf(Verdict.Stored.class);
        }
        try (var queries = FleetQueries.open(dir)) {
            assertThat(queries.streams().getFirst().rows()).isEqualTo(121);
            assertThat(queries.labels(null, null, 0, Long.MAX_VALUE))
                    .as("the counts stay")
                    .hasSize(121);
        }
    }

    @Test
    void aLongBacklogIsDroppedInParts() {
        int rows = Limits.RETENTION_ROWS + 10;
        device.record(rows);
        try (Session session = Database.in(dir).openWriter();
                var ledger = Stepping.ledger(session)) {
            for (int first = 1; first <= rows; first += 500) {
                ledger.ingest(List.of(received(device.rows(first, Math.min(rows, first + 499)), START)));
            }
            var retention = new Retention(session, KEEP, Limits.SAMPLES_BYTES);
            long nanos = 0;
            for (int i = 0; i < 3; i++) {
                retention.work(nanos, START + 200 * DAY);
                nanos += Limits.RETENTION_PAUSE.toNanos();
                if (i == 0 && database == TestDatabase.SQLITE) {
                    assertThat(stored()).hasSize(10);
                }
            }
        }
        assertThat(stored()).isEmpty();
    }

    @Test
    void aClockThatJumpsAheadWhileTheServiceRunsDropsNothing() {
        device.record(3);
        try (Session session = Database.in(dir).openWriter();
                var ledger = Stepping.ledger(session)) {
            ledger.ingest(List.of(received(device.rows(1, 3), START)));
            var retention = new Retention(session, KEEP, Limits.SAMPLES_BYTES);
            retention.work(0, START);
            assertThat(retention.work(Limits.RETENTION_CHECK.toNanos(), START + 3_650 * DAY))
                    .isZero();
        }
        assertThat(stored()).hasSize(3);
    }

    @Test
    void countsOfMoreThanAYearAgoAreDropped() {
        device.record(TestRecords.prediction("normal", 0.9f, START));
        try (Session session = Database.in(dir).openWriter();
                var ledger = Stepping.ledger(session)) {
            ledger.ingest(List.of(received(device.rows(1, 1), START)));
            new Retention(session, KEEP, Limits.SAMPLES_BYTES).work(0, START + Limits.COUNTS_KEPT_FOR.toMillis() + DAY);
        }
        try (var queries = FleetQueries.open(dir)) {
            assertThat(queries.labels(null, null, 0, Long.MAX_VALUE)).isEmpty();
            assertThat(queries.confidence(new CountFilter(null, null, null, 0, Long.MAX_VALUE)))
                    .isEmpty();
        }
    }

    private List<Long> stored() {
        try (var queries = FleetQueries.open(dir)) {
            return queries.predictions("press-7", 10_000).reversed().stream()
                    .map(PredictionRow::seq)
                    .toList();
        }
    }

    private static Arrival received(Arrival arrival, long millis) {
        return new Arrival(arrival.device(), arrival.batch(), arrival.envelope(), millis);
    }
}
