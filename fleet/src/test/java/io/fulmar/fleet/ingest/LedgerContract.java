package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.TestRecords;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every ledger promises, whatever database is below it. */
abstract class LedgerContract {
    private static final long EPOCH = 0xfedcba9876543210L;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private final TestStream device = new TestStream("press-7", EPOCH, Stream.DATA);

    private final Set<Path> prepared = new HashSet<>();

    /** The database that the ledger is to be in. */
    abstract TestDatabase database();

    /** A session of the database of that directory. */
    Session session(Path directory) {
        if (prepared.add(directory)) {
            database().in(directory);
        }
        return Database.in(directory).openWriter();
    }

    /** Opens the ledger of that directory; closing it closes all of it. */
    Ledger open(Path directory) {
        return OwningLedger.of(session(directory));
    }

    /** What is stored, read by another way than the ledger. */
    Contents read(Path directory) {
        return new StoredContents(directory);
    }

    @Test
    void storesRowsByteForByteAndSaysHowFarItGot() {
        device.record(10);
        try (var ledger = open(dir)) {
            assertThat(one(ledger, device.rows(1, 10))).isEqualTo(new Verdict.Stored(head(10), 10, 0));
            assertThat(ledger.head("press-7", EPOCH, Stream.DATA)).isEqualTo(head(10));
        }
        read(dir).requirePrefix(device, 10);
    }

    @Test
    void aBatchThatComesAgainIsRefusedAndAcknowledgedAgain() {
        device.record(10);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 10));
            assertThat(one(ledger, device.rows(1, 10))).isEqualTo(new Verdict.Duplicate(head(10)));
            assertThat(one(ledger, device.rows(3, 5))).isEqualTo(new Verdict.Duplicate(head(10)));
        }
        read(dir).requirePrefix(device, 10).requireDuplicates(device, 13);
    }

    @Test
    void aBatchAheadOfMissingRowsIsNotStored() {
        device.record(10);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 3));
            assertThat(one(ledger, device.rows(5, 10))).isEqualTo(new Verdict.Ahead(head(3)));
        }
        read(dir).requirePrefix(device, 3);
    }

    @Test
    void aBatchAheadOfAnUnknownStreamLeavesNoTrace() {
        device.record(10);
        try (var ledger = open(dir)) {
            assertThat(one(ledger, device.rows(2, 10))).isEqualTo(new Verdict.Ahead(StreamHead.START));
        }
        assertThat(read(dir).streams()).isZero();
    }

    @Test
    void ofAnOverlappingBatchOnlyTheNewRowsAreStored() {
        device.record(10);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 6));
            assertThat(one(ledger, device.rows(4, 10))).isEqualTo(new Verdict.Stored(head(10), 4, 3));
        }
        read(dir).requirePrefix(device, 10).requireDuplicates(device, 3);
    }

    @Test
    void anOverlapThatContradictsWhatIsStoredIsKeptAsideAndChangesNothing() {
        device.record(6);
        var twin = new TestStream("press-7", EPOCH, Stream.DATA)
                .record(3)
                .record("another past".getBytes(StandardCharsets.UTF_8))
                .record(6);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 6));
            assertThat(one(ledger, twin.rows(4, 9)))
                    .isInstanceOfSatisfying(
                            Verdict.Conflict.class, c -> assertThat(c.head()).isEqualTo(head(6)));
            assertThat(one(ledger, device.record(2).rows(7, 8))).isEqualTo(new Verdict.Stored(head(8), 2, 0));
        }
        assertThat(read(dir).requirePrefix(device, 8).conflicts()).isEqualTo(1);
    }

    @Test
    void aContinuationOfAnotherPastIsAConflict() {
        device.record(6);
        var twin = new TestStream("press-7", EPOCH, Stream.DATA)
                .record("another past".getBytes(StandardCharsets.UTF_8))
                .record(9);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 6));
            assertThat(one(ledger, twin.rows(7, 9))).isInstanceOf(Verdict.Conflict.class);
        }
        read(dir).requirePrefix(device, 6);
    }

    @Test
    void aRepetitionThatContradictsWhatIsStoredIsAConflict() {
        device.record(6);
        var twin = new TestStream("press-7", EPOCH, Stream.DATA)
                .record("another past".getBytes(StandardCharsets.UTF_8))
                .record(5);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 6));
            assertThat(one(ledger, twin.rows(1, 4))).isInstanceOf(Verdict.Conflict.class);
        }
        read(dir).requirePrefix(device, 6);
    }

    @Test
    void aGapStandsInThePlaceOfTheRowsItCovers() {
        device.record(20);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 4));
            assertThat(one(ledger, device.gapThenRows(5, 12, 15))).isEqualTo(new Verdict.Stored(head(15), 3, 0));
            assertThat(one(ledger, device.rows(16, 20))).isEqualTo(new Verdict.Stored(head(20), 5, 0));
        }
        read(dir).requirePrefix(device, 20, new Gap(5, 12));
    }

    @Test
    void ofAGapOverRowsThatAreStoredOnlyTheRestIsDeclared() {
        device.record(20);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 8));
            assertThat(one(ledger, device.gapThenRows(5, 12, 15))).isEqualTo(new Verdict.Stored(head(15), 3, 4));
        }
        read(dir).requirePrefix(device, 15, new Gap(9, 12));
    }

    @Test
    void rowsThatComeAfterTheirGapWasDeclaredAreRefusedAsDuplicates() {
        device.record(20);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 4));
            one(ledger, device.gapThenRows(5, 12, 12));
            assertThat(one(ledger, device.rows(5, 9))).isEqualTo(new Verdict.Duplicate(head(12)));
            assertThat(one(ledger, device.rows(5, 14))).isEqualTo(new Verdict.Stored(head(14), 2, 8));
        }
        read(dir).requirePrefix(device, 14, new Gap(5, 12));
    }

    @Test
    void aStreamMayBeginWithAGap() {
        device.record(20);
        try (var ledger = open(dir)) {
            assertThat(one(ledger, device.gapThenRows(1, 12, 15))).isEqualTo(new Verdict.Stored(head(15), 3, 0));
        }
        read(dir).requirePrefix(device, 15, new Gap(1, 12));
    }

    @Test
    void aNewEpochBeginsAtOneAndLeavesTheOldOneAsItIs() {
        device.record(10);
        var renewed = new TestStream("press-7", 42, Stream.DATA).record(5);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 10));
            assertThat(one(ledger, renewed.rows(1, 5))).isInstanceOf(Verdict.Stored.class);
        }
        read(dir).requirePrefix(device, 10);
        read(dir).requirePrefix(renewed, 5);
    }

    @Test
    void streamsAndDevicesDoNotTouchEachOther() {
        device.record(5);
        var alarm = new TestStream("press-7", EPOCH, Stream.ALARM).record(7);
        var other = new TestStream("press-8", EPOCH, Stream.DATA).record(9);
        try (var ledger = open(dir)) {
            ledger.ingest(List.of(device.rows(1, 5), alarm.rows(1, 7), other.rows(1, 9)));
        }
        read(dir).requirePrefix(device, 5);
        read(dir).requirePrefix(alarm, 7);
        read(dir).requirePrefix(other, 9);
    }

    @Test
    void severalBatchesOfAStreamInOneTransactionSeeEachOther() {
        device.record(10);
        try (var ledger = open(dir)) {
            assertThat(ledger.ingest(
                            List.of(device.rows(1, 4), device.rows(3, 8), device.rows(10, 10), device.rows(9, 9))))
                    .containsExactly(
                            new Verdict.Stored(head(4), 4, 0),
                            new Verdict.Stored(head(8), 4, 2),
                            new Verdict.Ahead(head(8)),
                            new Verdict.Stored(head(9), 1, 0));
        }
        read(dir).requirePrefix(device, 9);
    }

    @Test
    void knowsTheHashOfARowAndOfTheEndOfAGapButNotInside() {
        device.record(20);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 4));
            one(ledger, device.gapThenRows(5, 12, 15));
            assertThat(ledger.hashAt("press-7", EPOCH, Stream.DATA, 3)).isEqualTo(device.hash(3));
            assertThat(ledger.hashAt("press-7", EPOCH, Stream.DATA, 12)).isEqualTo(device.hash(12));
            assertThat(ledger.hashAt("press-7", EPOCH, Stream.DATA, 7)).isNull();
            assertThat(ledger.hashAt("press-7", EPOCH, Stream.DATA, 16)).isNull();
            assertThat(ledger.hashAt("nobody", EPOCH, Stream.DATA, 1)).isNull();
        }
    }

    @Test
    void aRecordThatCannotBeReadIsKeptAllTheSameAndSaidToBeSo() {
        device.record(TestRecords.prediction("imbalance"))
                .record(new byte[] {1, 2, 3})
                .record(new byte[0]);
        try (var ledger = open(dir)) {
            assertThat(one(ledger, device.rows(1, 3))).isEqualTo(new Verdict.Stored(head(3), 3, 0));
        }
        assertThat(read(dir).requirePrefix(device, 3).kinds(device))
                .containsExactly("prediction", "undecodable", "undecodable");
    }

    @Test
    void whatADeviceWritesIntoItsRecordsIsNoReasonToStop() {
        device.record(TestRecords.prediction("nul \0 and \uD83D\uDE80"))
                .record(TestRecords.prediction("x".repeat(5_000)));
        try (var ledger = open(dir)) {
            assertThat(one(ledger, device.rows(1, 2))).isEqualTo(new Verdict.Stored(head(2), 2, 0));
        }
        assertThat(read(dir).requirePrefix(device, 2).kinds(device)).containsExactly("prediction", "prediction");
    }

    @Test
    void goesOnWhereItWasAfterReopening() {
        device.record(10);
        try (var ledger = open(dir)) {
            one(ledger, device.rows(1, 4));
        }
        try (var ledger = open(dir)) {
            assertThat(ledger.head("press-7", EPOCH, Stream.DATA)).isEqualTo(head(4));
            assertThat(one(ledger, device.rows(3, 10))).isEqualTo(new Verdict.Stored(head(10), 6, 2));
        }
        read(dir).requirePrefix(device, 10);
    }

    @Test
    void aFailedTransactionStoresNothingAndTheNextOneIsWhole() {
        var device = new TestStream("press-7", 7, Stream.DATA).record(12);
        for (int failing = 1; failing < 22; failing++) {
            Path at = dir.resolve("failing-" + failing);
            int[] left = {failing};
            try (Session session = session(at)) {
                Stepping.ledger(Stepping.failing(session, left)).ingest(List.of(device.rows(1, 12)));
            } catch (IllegalStateException e) {
                read(at).requirePrefix(device, 0);
            }
            try (var ledger = open(at)) {
                ledger.ingest(List.of(device.rows(1, 12)));
            }
            read(at).requirePrefix(device, 12);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void anyDeliveryEndsInTheWholePrefixOnce(long seed) {
        var random = new Random(seed);
        device.record(80);
        try (var ledger = open(dir)) {
            while (ledger.head("press-7", EPOCH, Stream.DATA).next() <= device.size()) {
                ledger.ingest(delivery(
                        random, ledger.head("press-7", EPOCH, Stream.DATA).next()));
                read(dir)
                        .requirePrefix(
                                device,
                                (int) ledger.head("press-7", EPOCH, Stream.DATA).next() - 1);
            }
        }
        read(dir).requirePrefix(device, device.size());
    }

    /** Batches around that place: some before it, some over it, some ahead, some twice, in any order. */
    private List<Arrival> delivery(Random random, long next) {
        List<Arrival> arrivals = new ArrayList<>();
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            long first = Math.clamp(next - 10 + random.nextInt(20), 1, device.size());
            long last = Math.min(device.size(), first + random.nextInt(15));
            arrivals.add(device.rows(first, last));
            if (random.nextInt(4) == 0) {
                arrivals.add(arrivals.getLast());
            }
        }
        Collections.shuffle(arrivals, random);
        return arrivals;
    }

    private StreamHead head(int last) {
        return new StreamHead(last + 1L, device.hash(last));
    }

    static Verdict one(Ledger ledger, Arrival arrival) {
        return ledger.ingest(List.of(arrival)).getFirst();
    }

    /** Rows that are declared as given up. */
    record Gap(long first, long last) {}

    /** A stored row. */
    @SuppressWarnings("ArrayRecordComponent")
    record StoredRow(long seq, byte[] bytes, ChainHash hash, String kind) {}

    /** What is stored in the whole ledger. */
    interface Contents {
        int streams();

        List<StoredRow> rows(TestStream of);

        List<Gap> gaps(TestStream of);

        long duplicates(TestStream of);

        long conflicts();

        default List<String> kinds(TestStream of) {
            return rows(of).stream().map(StoredRow::kind).toList();
        }

        default Contents requireDuplicates(TestStream of, long expected) {
            assertThat(duplicates(of)).isEqualTo(expected);
            return this;
        }

        /** Rows 1 to {@code last} are there once with their bytes and hashes, but for the gaps; and nothing else is. */
        default Contents requirePrefix(TestStream of, int last, Gap... gaps) {
            assertThat(gaps(of)).containsExactly(gaps);
            List<StoredRow> rows = rows(of);
            int index = 0;
            for (long seq = 1; seq <= last; seq++) {
                long at = seq;
                if (List.of(gaps).stream().anyMatch(gap -> gap.first() <= at && at <= gap.last())) {
                    continue;
                }
                StoredRow row = rows.get(index++);
                assertThat(row.seq()).isEqualTo(seq);
                assertThat(row.bytes()).isEqualTo(of.bytes(seq));
                assertThat(row.hash()).isEqualTo(of.hash(seq));
            }
            assertThat(rows).hasSize(index);
            return this;
        }
    }
}
