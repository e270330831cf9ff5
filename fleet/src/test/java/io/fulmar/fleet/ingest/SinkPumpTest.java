package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.TestRecords;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Duty;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.sink.RecordSink;
import io.fulmar.fleet.sink.RecordSinks;
import io.fulmar.fleet.sink.SinkPump;
import io.fulmar.fleet.sink.SinkRecord;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is stored is sent on, all of it and in the order of its stream, whatever happens in between. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class SinkPumpTest {
    private static final long DAY = 86_400_000;
    private static final long START = 20_000 * DAY;
    private static final long TURN = Duration.ofMinutes(1).toNanos();

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private final TestStream press = new TestStream("press-7", 9, Stream.DATA);
    private final TestStream lathe = new TestStream("lathe-1", 0xabcdef, Stream.EVENT);
    private final Kept kept = new Kept();
    private long nanos;

    @SuppressWarnings("NullAway.Init")
    private Session session;

    @SuppressWarnings("NullAway.Init")
    private Ledger ledger;

    @BeforeEach
    void open() {
        database.in(dir);
        session = Database.in(dir).openWriter();
        ledger = Stepping.ledger(session);
    }

    @AfterEach
    void close() {
        ledger.close();
        session.close();
    }

    @Test
    void everyRecordIsSentOnceInTheOrderOfItsStreamAndMoreAsTheyCome() {
        press.record(TestRecords.prediction("normal")).record(9);
        lathe.record(4);
        store(press.rows(1, 4), lathe.rows(1, 2), press.rows(5, 10));
        try (var pump = pump()) {
            turn(pump, 3);
            assertThat(kept.of(press)).containsExactlyElementsOf(keys(press, 1, 10));
            assertThat(kept.of(lathe)).containsExactlyElementsOf(keys(lathe, 1, 2));

            store(lathe.rows(3, 4));
            turn(pump, 2);
            assertThat(kept.records).hasSize(14);
            assertThat(kept.of(lathe)).containsExactlyElementsOf(keys(lathe, 1, 4));
            assertThat(pump.status().sentRows()).isEqualTo(14);
            assertThat(pump.status().waitingRows()).isZero();
            assertThat(pump.status().droppedRows()).isZero();
        }
        List<String> exported = new ArrayList<>();
        try (var queries = FleetQueries.open(dir)) {
            queries.predictions("press-7", 100).reversed().forEach(row -> exported.add(QueryJson.line(row)));
        }
        assertThat(kept.records.stream()
                        .filter(record -> record.device().equals("press-7"))
                        .map(SinkRecord::json))
                .as("the same as in an export")
                .containsExactlyElementsOf(exported);
        try (var pump = pump()) {
            turn(pump, 2);
            assertThat(kept.records)
                    .as("what a service sent, the next one does not")
                    .hasSize(14);
        }
    }

    @Test
    void rowsThatADeviceGaveUpAreNotWaitedFor() {
        int gap = Limits.SINK_ROWS + 500;
        press.record(gap + 20);
        store(press.rows(1, 3));
        store(press.gapThenRows(4, gap, gap + 10));
        store(press.rows(gap + 11, gap + 20));
        try (var pump = pump()) {
            turn(pump, 5);
            assertThat(pump.status().droppedRows()).isZero();
            assertThat(pump.status().waitingRows()).isZero();
        }
        List<String> expected = new ArrayList<>(keys(press, 1, 3));
        expected.addAll(keys(press, gap + 1L, gap + 20L));
        assertThat(kept.of(press)).containsExactlyElementsOf(expected);
    }

    @Test
    void aLongBacklogOfOneStreamDoesNotHoldUpTheOthers() {
        int rows = 2 * Limits.SINK_ROWS + 100;
        press.record(rows);
        lathe.record(5);
        for (int first = 1; first <= rows; first += 1_000) {
            store(press.rows(first, Math.min(rows, first + 999)));
        }
        store(lathe.rows(1, 5));
        try (var pump = pump()) {
            turn(pump, 2);
            assertThat(kept.of(lathe)).hasSize(5);
            assertThat(kept.of(press)).hasSizeLessThan(rows);
            turn(pump, 5);
        }
        assertThat(kept.of(press)).containsExactlyElementsOf(keys(press, 1, rows));
    }

    @Test
    void itBeginsWithTheOldestRecordThatIsKept() {
        press.record(20);
        store(at(press.rows(1, 10), START));
        store(at(press.rows(11, 20), START + 10 * DAY));
        drop(START + 12 * DAY, Duration.ofDays(5));
        try (var pump = pump()) {
            turn(pump, 3);
            assertThat(pump.status().droppedRows()).isZero();
        }
        assertThat(kept.of(press)).containsExactlyElementsOf(keys(press, 11, 20));
    }

    @Test
    void whatGetsTooOldBeforeItCouldBeSentIsCounted() {
        press.record(20);
        store(at(press.rows(1, 2), START));
        try (var pump = pump()) {
            turn(pump, 2);
            kept.away = true;
            store(at(press.rows(3, 10), START));
            turn(pump, 2);
            drop(START + 12 * DAY, Duration.ofDays(5));
            store(at(press.rows(11, 20), START + 12 * DAY));
            kept.away = false;
            turn(pump, 3);
            assertThat(pump.status().droppedRows()).isEqualTo(8);
            assertThat(pump.status().working()).isTrue();
        }
        List<String> expected = new ArrayList<>(keys(press, 1, 2));
        expected.addAll(keys(press, 11, 20));
        assertThat(kept.of(press)).containsExactlyElementsOf(expected);
    }

    @Test
    void soManyThatAreTooOldArePassedByAtOnce() {
        int rows = 3 * Limits.SINK_ROWS;
        press.record(rows + 1);
        try (var pump = pump()) {
            turn(pump, 1);
            for (int first = 1; first <= rows; first += 1_000) {
                store(at(press.rows(first, first + 999), START));
            }
            drop(START + 12 * DAY, Duration.ofDays(5));
            store(at(press.rows(rows + 1, rows + 1), START + 12 * DAY));
            turn(pump, 2);
            assertThat(pump.status().droppedRows()).isEqualTo(rows);
        }
        assertThat(kept.of(press)).containsExactlyElementsOf(keys(press, rows + 1L, rows + 1L));
    }

    @Test
    void aClockThatWasSetBackHidesNothing() {
        press.record(6);
        store(at(press.rows(1, 2), START + 30 * DAY));
        try (var pump = pump()) {
            turn(pump, 2);
            store(at(press.rows(3, 4), START));
            store(at(press.rows(5, 6), START + 31 * DAY));
            turn(pump, 2);
            assertThat(pump.status().droppedRows()).isZero();
        }
        assertThat(kept.of(press)).containsExactlyElementsOf(keys(press, 1, 6));
    }

    @Test
    void whereverItIsKilledItSendsAgainUnderTheSameKeysAndLeavesNothingOut() {
        int kills = 0;
        for (String streams : List.of("that are new to it", "that it knows")) {
            int steps = 0;
            boolean done = false;
            while (!done) {
                press.record(3);
                lathe.record(2);
                store(press.rows(press.size() - 2L, press.size()), lathe.rows(lathe.size() - 1L, lathe.size()));
                awaitDuty();
                int[] left = {++steps};
                Supplier<Session> mortal =
                        () -> Stepping.failing(Database.in(dir).openLasting(), left);
                try (var pump = new SinkPump(mortal, kept, InstantSource.system())) {
                    turn(pump, 2);
                    done = kept.of(press)
                            .contains(keys(press, press.size(), press.size()).getFirst());
                } catch (IllegalStateException e) {
                    kills++;
                }
            }
            assertThat(kept.records.stream().distinct().count())
                    .as("of streams " + streams + ": all are there, and what comes again is the same")
                    .isEqualTo(press.size() + lathe.size());
        }
        assertThat(kills).isGreaterThan(3);
        for (TestStream stream : List.of(press, lathe)) {
            assertThat(kept.of(stream).stream().distinct()).containsExactlyElementsOf(keys(stream, 1, stream.size()));
        }
        assertThat(kept.records).as("something came again").hasSizeGreaterThan(press.size() + lathe.size());
    }

    @Test
    void whileTheSinkIsAwayItIsTriedLessAndLessOftenAndThenGoesOn() {
        press.record(10);
        store(press.rows(1, 5));
        kept.away = true;
        try (var pump = pump()) {
            long end = nanos + Duration.ofMinutes(5).toNanos();
            while (nanos < end) {
                nanos += Duration.ofMillis(100).toNanos();
                pump.work(nanos);
            }
            assertThat(kept.refused).isBetween(2, 20);
            assertThat(pump.status().failures()).isEqualTo(kept.refused);
            assertThat(pump.status().fault()).isEqualTo("it is away; wait for it");
            assertThat(pump.status().waitingRows()).isEqualTo(5);

            store(press.rows(6, 10));
            kept.away = false;
            turn(pump, 2);
            assertThat(pump.status().working()).isTrue();
        }
        assertThat(kept.of(press)).containsExactlyElementsOf(keys(press, 1, 10));
    }

    @Test
    void ofTwoServicesOneSendsAndWhenItIsGoneTheOtherDoes() {
        assumeTrue(database == TestDatabase.POSTGRESQL, "a file is that of one service");
        press.record(20);
        store(press.rows(1, 5));
        try (var second = pump()) {
            try (var first = pump()) {
                turn(first, 2);
                turn(second, 2);
                store(press.rows(6, 10));
                turn(second, 2);
                assertThat(kept.of(press)).as("the first one's").hasSize(5);
                assertThat(second.status().working()).isTrue();
                assertThat(second.status().waitingRows()).isEqualTo(5);
                turn(first, 2);
                assertThat(kept.of(press)).hasSize(10);
                store(press.rows(11, 15));
            }
            long deadline = System.nanoTime() + TURN;
            while (kept.of(press).size() < 15 && System.nanoTime() < deadline) { // until the server has noticed
                turn(second, 1);
            }
        }
        assertThat(kept.of(press)).containsExactlyElementsOf(keys(press, 1, 15));
    }

    @Test
    void twoThatSendTheSameDoNotBothMoveOn() {
        assumeTrue(database == TestDatabase.SQLITE, "there nothing else keeps two apart");
        press.record(10);
        store(press.rows(1, 5));
        try (var other = pump()) {
            var crossed = new Kept() {
                @Override
                public void send(List<SinkRecord> records) {
                    super.send(records);
                    if (this.records.size() == records.size()) {
                        turn(other, 1);
                    }
                }
            };
            try (var pump = new SinkPump(Database.in(dir)::openLasting, crossed, InstantSource.system())) {
                turn(pump, 1);
                assertThat(pump.status().fault()).contains("another service has sent the same records");
                store(press.rows(6, 10));
                turn(pump, 2);
                turn(other, 2);
            }
            assertThat(kept.of(press)).containsExactlyElementsOf(keys(press, 1, 5));
            assertThat(crossed.of(press)).containsExactlyElementsOf(keys(press, 1, 10));
        }
    }

    @Test
    void anotherNameBeginsAnew() {
        press.record(5);
        store(press.rows(1, 5));
        try (var pump = pump()) {
            turn(pump, 2);
        }
        kept.name = "memory:other";
        try (var pump = pump()) {
            turn(pump, 2);
        }
        assertThat(kept.records).hasSize(10);
    }

    @Test
    void anAddressThatNobodyHereCanSendToIsSaidWithWhatToDo() {
        assertThatThrownBy(() -> RecordSinks.at("kafka://localhost:9092/predictions", null))
                .isInstanceOfSatisfying(FleetException.class, e -> {
                    assertThat(e).hasMessage("no module that can send records to kafka:// is on the class path");
                    assertThat(e.hint()).contains("FULMAR_PLUGINS=fleet/kafka/target/plugin");
                });
        assertThatThrownBy(() -> RecordSinks.at("localhost:9092", null))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("is no address");
    }

    private SinkPump pump() {
        return new SinkPump(Database.in(dir)::openLasting, kept, InstantSource.system());
    }

    /** A few turns, each after every rest is over. */
    private void turn(SinkPump pump, int turns) {
        for (int i = 0; i < turns; i++) {
            nanos += TURN;
            pump.work(nanos);
        }
    }

    /** Until the server has noticed that the one before is gone. */
    private void awaitDuty() {
        var duty = new Duty(session, Duty.sink(kept.name()));
        long deadline = System.nanoTime() + TURN;
        for (long at = 0; !duty.taken(at); at += Limits.DUTY_CHECK.toNanos()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
        duty.release();
    }

    private void store(Arrival... arrivals) {
        assertThat(ledger.ingest(List.of(arrivals)))
                .allSatisfy(verdict -> assertThat(verdict).isInstanceOf(Verdict.Stored.class));
    }

    private void drop(long nowMillis, Duration keep) {
        var retention = new Retention(session, keep, Long.MAX_VALUE);
        long at = 0;
        for (int i = 0; i < 20; i++) {
            retention.work(at, nowMillis);
            at += Limits.RETENTION_PAUSE.toNanos();
        }
    }

    private static Arrival at(Arrival arrival, long millis) {
        return new Arrival(arrival.device(), arrival.batch(), arrival.envelope(), millis);
    }

    private static List<String> keys(TestStream stream, long first, long last) {
        String prefix = "%s/%016x/%s/"
                .formatted(stream.device(), stream.epoch(), stream.stream().topicName());
        return LongStream.rangeClosed(first, last).mapToObj(seq -> prefix + seq).toList();
    }

    /** A sink in memory. */
    private static class Kept implements RecordSink {
        final List<SinkRecord> records = new ArrayList<>();
        final Map<String, List<String>> byDevice = new HashMap<>();
        String name = "memory:test";
        boolean away;
        int refused;

        List<String> of(TestStream stream) {
            return byDevice.getOrDefault(stream.device(), List.of());
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void send(List<SinkRecord> more) {
            if (away) {
                refused++;
                throw new FleetException(Category.TRANSIENT, "it is away", "wait for it");
            }
            records.addAll(more);
            more.forEach(record -> byDevice.computeIfAbsent(record.device(), device -> new ArrayList<>())
                    .add(record.key()));
        }

        @Override
        public void close() {}
    }
}
