package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.TestRecords;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.query.CountFilter;
import io.fulmar.fleet.query.Drift;
import io.fulmar.fleet.query.ExportFilter;
import io.fulmar.fleet.query.ExportFormat;
import io.fulmar.fleet.query.ExportPage;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.LabelCount;
import io.fulmar.fleet.query.PageQueries;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.query.StatisticsRow;
import io.fulmar.fleet.truth.Accuracy;
import io.fulmar.fleet.truth.Truth;
import io.fulmar.fleet.truth.TruthStore;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What people ask of what was stored. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class StoredQueriesTest {
    private static final CountFilter ALL = new CountFilter(null, null, null, 0, Long.MAX_VALUE);
    private static final int EXPORTED_AT_ONCE = 100;
    private static final int MANY = 1_000; // a whole number of pages, after which there is an empty one
    private static final long HOUR = 3_600_000;
    private static final long NOW = 500_000 * HOUR;
    private static final String MODEL = "bearing-condition";

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private final TestStream press = new TestStream("press-7", 9, Stream.DATA);
    private final TestStream alarm = new TestStream("press-7", 9, Stream.ALARM);
    private final TestStream pump = new TestStream("pump-1", 4, Stream.DATA);

    @BeforeEach
    void choose() {
        database.in(dir);
    }

    @Test
    void whatAModelFoundIsToldInQueriesAndExports() {
        Found found = new Found(
                List.of(new Found.Box("cup, \"red\"", 2, 0.5f, 0.25f, 0, 0.5f, 1)),
                List.of(),
                List.of(new Found.Quantity("temperature", -2.5f, "°C")));
        press.record(TestRecords.prediction("cup", 0.5f, NOW, found)).record(TestRecords.prediction("none", 0, NOW));
        ingest(NOW, press.rows(1, 2));

        List<PredictionRow> rows = export(new ExportFilter(null, null, 0, NOW + 1));
        String json =
                "{\"objects\":[{\"label\":\"cup, \\\"red\\\"\",\"index\":2,\"score\":0.5,\"box\":[0.25,0.0,0.5,1.0]}],"
                        + "\"quantities\":[{\"name\":\"temperature\",\"value\":-2.5,\"unit\":\"°C\"}]}";
        assertThat(rows).extracting(PredictionRow::found).containsExactly(json, null);
        assertThat(QueryJson.predictions(rows)).contains("\"found\":" + json).contains("\"found\":null");
        assertThat(QueryJson.line(rows.getFirst()))
                .endsWith("\"found\":\"" + json.replace("\\", "\\\\").replace("\"", "\\\"") + "\"}");
        assertThat(ExportFormat.CSV.text(rows, false)).contains(",\"" + json.replace("\"", "\"\"") + "\"\r\n");
        try (FleetQueries queries = FleetQueries.open(dir)) {
            assertThat(queries.predictions("press-7", 2))
                    .extracting(PredictionRow::found)
                    .contains(json);
        }
    }

    @Test
    void statisticsOfModelsAreFoundAmongTheRecordsTheNewestFirst() {
        press.record(2)
                .record(TestRecords.statistics(false, 0.02f, NOW))
                .record(1)
                .record(TestRecords.statistics(true, 3.5f, NOW + HOUR));
        pump.record(TestRecords.statistics(false, 0.01f, NOW));
        ingest(NOW + HOUR, press.rows(1, 5));
        ingest(NOW + 2 * HOUR, pump.rows(1, 1));

        try (var queries = PageQueries.open(Database.in(dir))) {
            var all = new StatisticsRow.Filter(null, null, null, null, 0);
            List<StatisticsRow> found = queries.statistics(all, Long.MAX_VALUE, 10);
            assertThat(found)
                    .extracting(
                            StatisticsRow::device,
                            StatisticsRow::seq,
                            row -> row.statistics().drifting())
                    .containsExactly(
                            tuple("pump-1", 1L, false), tuple("press-7", 5L, true), tuple("press-7", 3L, false));
            assertThat(found.get(1).timeMillis()).isEqualTo(NOW + HOUR);
            assertThat(found.get(1).statistics().distributions().getLast().counts())
                    .containsExactly(0L, 500L, 1_500L);
            assertThat(queries.statistics(all, found.get(1).number(), 10)).hasSize(1);
            assertThat(queries.statistics(all, Long.MAX_VALUE, 1)).hasSize(1);
            assertThat(queries.statistics(
                            new StatisticsRow.Filter("press-7", "vibration", MODEL, "1.0.0", 0), Long.MAX_VALUE, 10))
                    .hasSize(2);
            assertThat(queries.statistics(new StatisticsRow.Filter(null, null, null, "2.0.0", 0), Long.MAX_VALUE, 10))
                    .isEmpty();
            assertThat(queries.statistics(
                            new StatisticsRow.Filter(null, null, null, null, NOW + 2 * HOUR), Long.MAX_VALUE, 10))
                    .extracting(StatisticsRow::device)
                    .containsExactly("pump-1");
        }
        try (var queries = FleetQueries.open(dir)) {
            assertThat(queries.labels(ALL, FleetQueries.Step.WHOLE, 0, 10))
                    .as("statistics are no predictions")
                    .isEmpty();
        }
    }

    @Test
    void whatWasRightIsKeptWithWhatTheModelSaidAndCountsAsItsAccuracy() {
        press.record(TestRecords.prediction("normal", 0.9f, NOW))
                .record(TestRecords.prediction("imbalance", 0.8f, NOW))
                .record(TestRecords.prediction("normal", 0.7f, NOW))
                .record(1);
        ingest(NOW, press.rows(1, 4));

        try (var session = Database.in(dir).openWriter()) {
            var store = new TruthStore(session);
            assertThat(store.set(List.of(truth(1, "normal"), truth(2, "normal"), truth(3, "normal")), "ann", NOW))
                    .isEmpty();
            assertThat(store.set(List.of(truth(1, "imbalance"), truth(4, "normal")), "ann", NOW))
                    .as("a record that is no prediction")
                    .contains(truth(4, "normal"));

            Accuracy accuracy = store.accuracy(null, null, null).getFirst();
            assertThat(accuracy.model()).isEqualTo(MODEL);
            assertThat(accuracy.version()).isEqualTo("1.0.0");
            assertThat(accuracy.labelled()).isEqualTo(3);
            assertThat(accuracy.right())
                    .as("nothing of what was refused was kept")
                    .isEqualTo(2);
            assertThat(accuracy.confusion())
                    .containsExactly(
                            new Accuracy.Count("imbalance", "normal", 1), new Accuracy.Count("normal", "normal", 2));

            store.set(List.of(truth(2, "imbalance")), "bob", NOW + 1);
            assertThat(store.accuracy("press-7", MODEL, "1.0.0").getFirst().share())
                    .isEqualTo(1);
            assertThat(store.remove(truth(2, ""))).isTrue();
            assertThat(store.remove(truth(2, ""))).isFalse();
            assertThat(store.accuracy(null, null, null).getFirst().labelled()).isEqualTo(2);
            assertThat(store.accuracy("pump-1", null, null)).isEmpty();
            assertThat(store.accuracy(null, null, "2.0.0")).isEmpty();
        }
    }

    private static Truth truth(long seq, String label) {
        return new Truth("press-7", 9, Stream.DATA, seq, label);
    }

    @Test
    void everythingIsExportedOnceStreamByStreamInTheOrderOfItsSequence() {
        press.record(MANY);
        pump.record(TestRecords.prediction("normal", 0.9f, NOW)).record(3);
        alarm.record(TestRecords.prediction("imbalance", 0.9f, NOW));
        for (int first = 1; first <= press.size(); first += 500) {
            ingest(NOW, press.rows(first, Math.min(press.size(), first + 499)));
        }
        ingest(NOW, pump.rows(1, 4), alarm.rows(1, 1));

        List<PredictionRow> all = export(new ExportFilter(null, null, 0, NOW + 1));
        assertThat(all).hasSize(MANY + 4 + 1);
        assertThat(all.stream().filter(row -> row.device().equals("pump-1")))
                .extracting(PredictionRow::seq)
                .containsExactly(1L, 2L, 3L, 4L);
        assertThat(all.stream()
                        .filter(row ->
                                row.stream().equals("data") && row.device().equals("press-7")))
                .extracting(PredictionRow::seq)
                .hasSize(MANY)
                .doesNotHaveDuplicates()
                .isSorted();
        assertThat(export(new ExportFilter("pump-1", MODEL, 0, NOW + 1)))
                .singleElement()
                .satisfies(row -> assertThat(QueryJson.line(row))
                        .startsWith(
                                "{\"device\":\"pump-1\",\"epoch\":\"0000000000000004\",\"stream\":\"data\",\"seq\":1,")
                        .doesNotContain("\n")
                        .endsWith("}"));
    }

    @Test
    void anExportIsOfATimeOfReception() {
        press.record(3);
        ingest(NOW, press.rows(1, 1));
        ingest(NOW + HOUR, press.rows(2, 2));
        ingest(NOW + 30 * HOUR, press.rows(3, 3));
        assertThat(export(new ExportFilter(null, null, NOW + 1, NOW + 30 * HOUR)))
                .extracting(PredictionRow::seq)
                .containsExactly(2L);
        assertThat(export(new ExportFilter("pump-1", null, 0, Long.MAX_VALUE))).isEmpty();
    }

    @Test
    void tellsHowManyOfEachLabelThereWereHourByHour() {
        press.record(TestRecords.prediction("normal", 0.9f, NOW))
                .record(TestRecords.prediction("normal", 0.4f, NOW + HOUR));
        pump.record(TestRecords.prediction("normal", 0.9f, NOW));
        ingest(NOW + HOUR, press.rows(1, 2), pump.rows(1, 1));
        try (var queries = FleetQueries.open(dir)) {
            assertThat(queries.labels(null, null, 0, Long.MAX_VALUE))
                    .extracting(count -> (count.atMillis() - NOW) / HOUR + " " + count.label() + " " + count.count())
                    .containsExactly("0 normal 2", "1 normal 1");
            assertThat(queries.labels("press-7", MODEL, NOW + 5, NOW + HOUR)).hasSize(1);
            assertThat(queries.labels(null, "another", 0, Long.MAX_VALUE)).isEmpty();
            for (String device : new String[] {null, "press-7"}) {
                var other = new CountFilter(device, MODEL, "1.0.1", 0, Long.MAX_VALUE);
                assertThat(queries.labels(other, FleetQueries.Step.HOUR, 0, 10)).isEmpty();
                assertThat(queries.confidence(other)).isEmpty();
            }
            assertThat(queries.confidence(new CountFilter(null, MODEL, "1.0.0", 0, Long.MAX_VALUE)))
                    .extracting(count -> count.bucket() + " " + count.count())
                    .containsExactly("8 1", "18 2");
            assertThat(queries.labels(ALL, FleetQueries.Step.DAY, 0, 10))
                    .singleElement()
                    .isEqualTo(new LabelCount(NOW - NOW % (24 * HOUR), MODEL, "1.0.0", "normal", 3));
            assertThat(queries.labels(ALL, FleetQueries.Step.HOUR, 1, 10))
                    .extracting(LabelCount::count)
                    .containsExactly(1L);
        }
    }

    @Test
    void tellsHowFarWhatAModelSaysHasShifted() {
        for (int i = 0; i < 100; i++) {
            press.record(TestRecords.prediction(i < 90 ? "normal" : "imbalance", 0.9f, NOW - 5 * HOUR));
        }
        for (int i = 0; i < 100; i++) {
            press.record(TestRecords.prediction(i < 40 ? "normal" : "imbalance", 0.9f, NOW));
        }
        ingest(NOW, press.rows(1, 200));
        try (var queries = FleetQueries.open(dir)) {
            // by hand: labels (0.4-0.5)ln(0.4/0.5)+(0.6-0.5)ln(0.6/0.5) = 0.040547, and all confidence in one of ten
            // tenths
            var reference = new ModelManifest.Reference(
                    Map.of("normal", 0.5, "imbalance", 0.5), List.of(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5));
            Drift drift = queries.drift(null, null, NOW - 24 * HOUR, NOW, (model, version) -> reference)
                    .getFirst();
            assertThat(List.of(drift.predictions(), drift.beforePredictions())).containsExactly(100L, 100L);
            // by hand: (0.4-0.9)ln(0.4/0.9)+(0.6-0.1)ln(0.6/0.1) = 1.301344
            assertThat(drift.before().labels()).isCloseTo(1.301344, within(1e-6));
            assertThat(drift.before().confidence()).isZero();
            assertThat(Objects.requireNonNull(drift.reference()).labels()).isCloseTo(0.040547, within(1e-6));
            // by hand: (1-0.5)ln(1/0.5)+(0.0001-0.5)ln(0.0001/0.5) = 4.604319
            assertThat(drift.reference().confidence()).isCloseTo(4.604319, within(1e-6));
            assertThat(queries.drift(null, null, NOW - 24 * HOUR, NOW + HOUR, (model, version) -> null))
                    .singleElement()
                    .satisfies(of -> {
                        assertThat(of.reference()).isNull();
                        assertThat(of.before().labels())
                                .as("nothing to compare")
                                .isNull();
                    });
        }
    }

    @Test
    void tellsTheNewestPredictionOfEachDevice() {
        byte[] prediction = TestRecords.prediction("normal", 0.9f, NOW);
        press.record(prediction).record(prediction).record(prediction);
        alarm.record(prediction).record(prediction).record(1);
        pump.record(prediction).record(prediction);
        var silent = new TestStream("press-8", 5, Stream.DATA).record(2);
        ingest(NOW, press.rows(1, 3), pump.rows(1, 2), silent.rows(1, 2));
        ingest(NOW + 1, alarm.rows(1, 3));
        try (var queries = FleetQueries.open(dir)) {
            assertThat(queries.latest("press-7", 1))
                    .as("the device between them has made none")
                    .extracting(PredictionRow::device)
                    .containsExactly("pump-1");
            assertThat(queries.latest(null, 10))
                    .extracting(row -> row.device() + " " + row.stream() + " " + row.seq())
                    .containsExactly("press-7 alarm 2", "pump-1 data 2");
        }
    }

    private List<PredictionRow> export(ExportFilter filter) {
        List<PredictionRow> rows = new ArrayList<>();
        try (var queries = PageQueries.open(Database.in(dir))) {
            ExportPage.Place next = null;
            do { // each page by itself, as for somebody who was cut off after each
                ExportPage page = queries.export(
                        filter, next == null ? null : ExportPage.Place.parse(next.toString()), EXPORTED_AT_ONCE);
                assertThat(page.rows()).hasSizeLessThanOrEqualTo(EXPORTED_AT_ONCE);
                rows.addAll(page.rows());
                next = page.next();
            } while (next != null);
        }
        return rows;
    }

    private void ingest(long receivedMillis, Arrival... arrivals) {
        try (var ledger = OwningLedger.of(Database.in(dir).openWriter())) {
            ledger.ingest(List.of(arrivals).stream()
                    .map(each -> new Arrival(each.device(), each.batch(), each.envelope(), receivedMillis))
                    .toList());
        }
    }
}
