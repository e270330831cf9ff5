package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.command.CommandStore;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.sample.SampleRow;
import io.fulmar.fleet.sample.SampleStore;
import io.fulmar.fleet.truth.Truth;
import io.fulmar.fleet.truth.TruthStore;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Sample;
import io.fulmar.sync.wire.SampleChunk;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Samples are put together of their parts, however these come. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class SampleIntakeTest {
    private static final long NOW = 1_795_000_000_000L;
    private static final SampleRow.Filter ALL = new SampleRow.Filter(null, null, null, null, null, null);

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private final byte[] content = new byte[3 * Limits.SAMPLE_CHUNK_BYTES + 17];

    @BeforeEach
    void choose() {
        database.in(dir);
        new SplittableRandom(1).nextBytes(content);
    }

    @Test
    void inAnyOrderTwiceAndInTwoEpochsItIsThereOnce() throws SQLException {
        TestStream first =
                new TestStream("press-7", 9, Stream.DATA).record(part(2)).record(part(0));
        TestStream again = new TestStream("press-7", 10, Stream.DATA)
                .record(part(0))
                .record(part(1))
                .record(part(2))
                .record(part(3))
                .record(part(3));
        ingest(at(first.rows(1, 2)), at(first.rows(1, 2)));
        assertThat(one().state()).isEqualTo("coming");
        ingest(at(again.rows(1, 5)));

        SampleRow row = one();
        assertThat(row.whole()).isTrue();
        assertThat(row.label()).isEqualTo("cat");
        assertThat(row.score()).isEqualTo(0.5);
        assertThat(row.rule()).isEqualTo("confidence");
        assertThat(number("SELECT count(*) FROM sample_chunk")).isEqualTo(4);
        try (Session session = Database.in(dir).openReader()) {
            assertThat(new SampleStore(session).content(row)).isEqualTo(content);
        }
        assertThat(number("SELECT count(*) FROM record WHERE kind = 'sample'")).isEqualTo(7);
        assertThat(number("SELECT max(length(bytes)) FROM record"))
                .as("contents are kept once")
                .isLessThan(1_000);
    }

    @Test
    void whatIsNotWhatItsDigestSaysIsNoSample() throws SQLException {
        content[5]++;
        byte[] other = part(0);
        content[5]--;
        TestStream device = new TestStream("press-7", 9, Stream.DATA)
                .record(part(1))
                .record(part(2))
                .record(part(3))
                .record(withDigestOfAll(other));
        ingest(at(device.rows(1, 4)));

        assertThat(one().state()).isEqualTo("damaged");
        assertThat(number("SELECT count(*) FROM sample_chunk")).isZero();
    }

    @Test
    void twoServicesThatHaveAPartEachMakeOneSample() throws Exception {
        for (int round = 0; round < 10; round++) {
            int epoch = 100 + 2 * round;
            receipt = new Receipt(7, Stream.DATA, 1_000 + round);
            TestStream one = new TestStream("press-7", epoch, Stream.DATA)
                    .record(part(0))
                    .record(part(1));
            TestStream other = new TestStream("press-7", epoch + 1, Stream.DATA)
                    .record(part(2))
                    .record(part(3));
            FutureTask<Boolean> beside = new FutureTask<>(() -> {
                ingest(at(other.rows(1, 2)));
                return true;
            });
            Thread.ofPlatform().daemon(true).start(beside);
            ingest(at(one.rows(1, 2)));
            assertThat(ended(beside)).isTrue();
            assertThat(one().whole()).as("round %s", round).isTrue();
        }
    }

    @Test
    void theTruthOfASampleNeedsNoPredictionAndIsShownWithIt() throws SQLException {
        TestStream device = all(new TestStream("press-7", 9, Stream.DATA));
        ingest(at(device.rows(1, 4)));
        var truth = new Truth("press-7", 7, Stream.DATA, 42, "dog");
        try (Session session = Database.in(dir).openWriter()) {
            assertThat(new TruthStore(session).set(List.of(truth), "anna", NOW)).isEmpty();
            assertThat(new TruthStore(session).accuracy(null, null, null))
                    .singleElement()
                    .satisfies(it -> assertThat(it.right()).isZero());
        }
        assertThat(one().truth()).isEqualTo("dog");
        assertThat(list(new SampleRow.Filter("press-7", "gate", "m", "1.0.0", "confidence", true)))
                .hasSize(1);
        assertThat(list(new SampleRow.Filter(null, null, null, null, null, false)))
                .isEmpty();
    }

    @Test
    void theOldestGoWhenAllTogetherHaveTooManyBytes() throws SQLException {
        for (int i = 0; i < 5; i++) {
            receipt = new Receipt(7, Stream.DATA, 1 + i);
            ingest(at(all(new TestStream("press-7", 20 + i, Stream.DATA)).rows(1, 4)));
        }
        try (Session session = Database.in(dir).openWriter()) {
            int dropped = session.transaction("a test", in -> SampleStore.keep(in, 2L * content.length + 1, 100));
            assertThat(dropped).isEqualTo(3);
        }
        assertThat(list(ALL)).extracting(SampleRow::seq).containsExactly(5L, 4L);
        assertThat(number("SELECT count(*) FROM sample_chunk")).isEqualTo(8);
        try (Session session = Database.in(dir).openWriter()) {
            assertThat(new SampleStore(session).remove(list(ALL).getFirst())).isTrue();
        }
        assertThat(list(ALL)).hasSize(1);
    }

    private Receipt receipt = new Receipt(7, Stream.DATA, 42);

    private TestStream all(TestStream device) {
        for (int number = 0; number < 4; number++) {
            device.record(part(number));
        }
        return device;
    }

    private byte[] part(int number) {
        int from = number * Limits.SAMPLE_CHUNK_BYTES;
        return encoded(
                sample(),
                number,
                Arrays.copyOfRange(content, from, Math.min(content.length, from + Limits.SAMPLE_CHUNK_BYTES)));
    }

    private byte[] withDigestOfAll(byte[] record) {
        SampleChunk chunk = (SampleChunk) Records.decode(record);
        return encoded(sample(), chunk.number(), chunk.content());
    }

    private static byte[] encoded(Sample sample, int number, byte[] content) {
        return Records.encode(new SampleChunk(new Stamp(NOW, 1, 1), sample, number, content));
    }

    private Sample sample() {
        try {
            return new Sample(
                    receipt,
                    new Stamp(NOW, 1, 1),
                    3,
                    "gate",
                    new ModelRef("m", "1.0.0", "0".repeat(64)),
                    "cat",
                    1,
                    0.5f,
                    List.of(),
                    "confidence",
                    "jpg",
                    content.length,
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private SampleRow one() {
        try (Session session = Database.in(dir).openReader()) {
            return new SampleStore(session)
                    .find("press-7", receipt.epoch(), receipt.stream(), receipt.seq())
                    .orElseThrow();
        }
    }

    private List<SampleRow> list(SampleRow.Filter of) {
        try (Session session = Database.in(dir).openReader()) {
            return new SampleStore(session).list(of, Long.MAX_VALUE, 100);
        }
    }

    private static boolean ended(FutureTask<Boolean> task) throws InterruptedException, ExecutionException {
        return task.get();
    }

    private static Arrival at(Arrival arrival) {
        return new Arrival(arrival.device(), arrival.batch(), arrival.envelope(), NOW);
    }

    private void ingest(Arrival... arrivals) {
        try (Session session = Database.in(dir).openWriter();
                var ledger = new SqlLedger(session, new CommandStore(session), 0)) {
            ledger.ingest(List.of(arrivals));
        }
    }

    private long number(String sql) throws SQLException {
        try (Session session = Database.in(dir).openReader();
                var query = session.prepare(sql);
                ResultSet row = query.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
