package io.fulmar.agent.feedback;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.pipeline.Fate;
import io.fulmar.agent.pipeline.Recorder;
import io.fulmar.agent.pipeline.SampleKeeper;
import io.fulmar.agent.pipeline.SampleRule;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.sync.outbox.Appended;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.SampleChunk;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a real outbox, which a thread of the test owns as the store's thread does. */
class SamplesTest {
    private static final long LOOK = Limits.LOOK.toNanos() + 2;
    private static final long BUDGET = 1 << 20;

    @TempDir
    private Path dir;

    private final Counters counters = new Counters();
    private final FaultLog faults = new FaultLog(() -> Instant.EPOCH);
    private final Doorbell doorbell = new Doorbell();
    private final StoreErrands errands = new StoreErrands(doorbell);
    private final AtomicBoolean ends = new AtomicBoolean();
    private final Map<String, byte[]> arrived = new TreeMap<>();
    private Outbox outbox;
    private Thread store;
    private Samples samples;
    private long now = 1;
    private long seq;

    @BeforeEach
    void open() {
        outbox = Outbox.open(
                new OutboxConfig(dir.resolve("store"), 4 << 20, 0, Duration.ofDays(1), WhenFull.EVICT_OLDEST),
                () -> Instant.EPOCH);
        store = Thread.ofPlatform().daemon(true).start(() -> {
            while (!ends.get()) {
                errands.run(outbox);
                java.util.concurrent.locks.LockSupport.parkNanos(50_000);
            }
        });
        samples = opened();
    }

    @AfterEach
    void close() throws InterruptedException {
        ends.set(true);
        store.join();
        outbox.close();
    }

    private Samples opened() {
        Samples opened = new Samples(
                dir.resolve("samples"),
                BUDGET,
                new Appending(),
                () -> new Stamp(1, 1, 1),
                errands,
                counters,
                faults,
                doorbell);
        opened.work(now);
        return opened;
    }

    @Test
    void aFileIsKeptByteForByteWithWhatTheModelSaid() throws IOException {
        byte[] jpeg = {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, 1, 2, 3};
        take(SampleRule.CONFIDENCE, new Content.Encoded(jpeg, "image/jpeg"));

        SampleFile file = SampleFile.list(dir.resolve("samples")).getFirst();
        SampleFile.Whole whole = Objects.requireNonNull(file.read(dir.resolve("samples")));
        assertThat(whole.content()).isEqualTo(jpeg);
        assertThat(whole.sample().format()).isEqualTo("jpg");
        assertThat(whole.sample().label()).isEqualTo("cat");
        assertThat(whole.sample().rule()).isEqualTo("confidence");
        assertThat(whole.sample().receipt()).isEqualTo(new Receipt(7, Stream.DATA, 1));
        assertThat(file.id()).isEqualTo("0000000000000007-data-1");
    }

    @Test
    void theFolderNeverExceedsItsBudgetAndTheRuleThatHasMostGivesWay() throws IOException {
        take(SampleRule.RANDOM, bytes(10_000));
        for (int i = 0; i < 300; i++) {
            take(i % 10 == 0 ? SampleRule.DRIFT : SampleRule.CONFIDENCE, bytes(9_000));
            assertThat(diskBytes()).isLessThanOrEqualTo(BUDGET);
        }
        Samples.View view = samples.view();
        assertThat(view.bytes()).isGreaterThan(BUDGET * 9 / 10);
        assertThat(view.byRule().get(SampleRule.DRIFT)).isEqualTo(30);
        assertThat(view.byRule().get(SampleRule.RANDOM)).isEqualTo(1);
        assertThat(counters.get(Counter.SAMPLES_TAKEN)).isEqualTo(301);
        assertThat(counters.get(Counter.SAMPLES_EVICTED)).isEqualTo(301 - view.count());
        assertThat(samples.chosen(file -> file.rule() == SampleRule.CONFIDENCE)
                        .getFirst()
                        .receipt()
                        .seq())
                .as("the newest stay")
                .isEqualTo(301);

        take(SampleRule.RANDOM, bytes((int) BUDGET));
        assertThat(counters.get(Counter.SAMPLES_REFUSED)).as("what never fits").isEqualTo(1);
    }

    @Test
    void whatAnEndInTheMiddleLeavesIsCleanedAndADamagedOneCostsOnlyItself() throws IOException {
        for (int i = 0; i < 3; i++) {
            take(SampleRule.RANDOM, bytes(5_000));
        }
        Path folder = dir.resolve("samples");
        List<SampleFile> files = SampleFile.list(folder);
        byte[] whole = Files.readAllBytes(files.getFirst().path(folder));
        for (int length : new int[] {0, 1, 7, 8, 50, 4_000, whole.length - 1}) {
            Files.write(
                    folder.resolve("000000000099-random-p-0000000000000007-data-9.sample.new"),
                    Arrays.copyOf(whole, length));
            samples = opened();
            assertThat(SampleFile.list(folder)).hasSize(3);
            try (var left = Files.list(folder)) {
                assertThat(left).hasSize(3);
            }
        }
        try (RandomAccessFile damage =
                new RandomAccessFile(files.get(1).path(folder).toFile(), "rw")) {
            damage.seek(3_000);
            damage.write(99);
        }
        samples = opened();
        samples.send(samples.chosen(file -> true));
        bringAll();
        assertThat(counters.get(Counter.SAMPLES_DAMAGED)).isEqualTo(1);
        assertThat(counters.get(Counter.SAMPLES_SENT)).isEqualTo(2);
        assertThat(samples.view().count()).isZero();
    }

    @Test
    void numbersAreAnArrayOfNumpyAndAPictureABitmap() throws IOException {
        take(SampleRule.RANDOM, new Content.Values(new float[] {1, 2.5f}));
        take(SampleRule.RANDOM, new Content.Image(1, 2, new byte[] {1, 2, 3, 4, 5, 6}));
        take(SampleRule.RANDOM, new Content.Audio(8_000, new float[] {0.5f, -1}));

        List<SampleFile> files = SampleFile.list(dir.resolve("samples"));
        byte[] numpy = content(files.get(0));
        assertThat(new String(numpy, 0, 128, java.nio.charset.StandardCharsets.ISO_8859_1))
                .contains("'<f4'")
                .contains("'shape': (2,)");
        assertThat((numpy.length - 8) % 64).isZero();
        Content.Image picture = io.fulmar.agent.media.ImageDecoder.decode(content(files.get(1)), 100);
        assertThat(picture.rgb()).containsExactly(1, 2, 3, 4, 5, 6);
        Content.Audio sound = io.fulmar.agent.media.WavDecoder.decode(content(files.get(2)));
        assertThat(sound.samples()).containsExactly(0.5f, -1);
        assertThat(sound.rate()).isEqualTo(8_000);
    }

    @Test
    void onRequestAllPartsGoThroughTheOutboxFewAtATimeAndTheSampleIsDeletedWhenTheyAreAcknowledged()
            throws IOException {
        Content large = bytes(10 * io.fulmar.sync.wire.Limits.SAMPLE_CHUNK_BYTES + 5);
        take(SampleRule.RANDOM, large);
        take(SampleRule.RANDOM, bytes(100));
        step();
        assertThat(state().next()).as("nothing goes by itself").isEqualTo(1);

        samples.send(samples.chosen(file -> true));
        step();
        assertThat(state().next() - 1).isEqualTo(Limits.CHUNKS_WAITING);
        step();
        assertThat(state().next() - 1).as("no more before those are there").isEqualTo(Limits.CHUNKS_WAITING);
        assertThat(samples.view().wanted()).isEqualTo(2);

        bringAll();
        assertThat(samples.view().count()).isZero();
        assertThat(arrived).hasSize(2);
        assertThat(arrived.get("0000000000000007-data-1")).isEqualTo(((Content.Encoded) large).bytes());
        assertThat(state().next() - 1).as("each part once").isEqualTo(12);
    }

    @Test
    void afterARestartOrAnotherStoreWhatWasUnderWayIsSentAgain() throws IOException {
        Content large = bytes(6 * io.fulmar.sync.wire.Limits.SAMPLE_CHUNK_BYTES);
        take(SampleRule.RANDOM, large);
        samples.send(samples.chosen(file -> true));
        step();

        samples = opened();
        step();
        step();
        assertThat(state().next() - 1).as("waits for the parts of before").isEqualTo(Limits.CHUNKS_WAITING);
        deliver();
        step();
        ask(() -> {
            outbox.renew("a test");
            return true;
        });
        bringAll();

        assertThat(arrived.values()).containsExactly(((Content.Encoded) large).bytes());
        assertThat(samples.view().count()).isZero();
    }

    @Test
    void aPartThatTheStoreGaveUpIsSentAgain() throws IOException {
        Content large = bytes(3 * io.fulmar.sync.wire.Limits.SAMPLE_CHUNK_BYTES);
        take(SampleRule.RANDOM, large);
        samples.send(samples.chosen(file -> true));
        step();
        ask(() -> outbox.giveUp(Stream.DATA, 1));
        bringAll();

        assertThat(arrived.values()).containsExactly(((Content.Encoded) large).bytes());
        assertThat(samples.view().count()).isZero();
    }

    @Test
    void whatIsRemovedIsGone() throws IOException {
        take(SampleRule.RANDOM, bytes(100));
        take(SampleRule.DRIFT, bytes(100));

        assertThat(samples.remove(samples.chosen(file -> file.rule() == SampleRule.DRIFT)))
                .isEqualTo(1);
        assertThat(samples.view().byRule()).containsExactly(Map.entry(SampleRule.RANDOM, 1));
        assertThat(SampleFile.list(dir.resolve("samples"))).hasSize(1);
    }

    private byte[] content(SampleFile file) throws IOException {
        return Objects.requireNonNull(file.read(dir.resolve("samples"))).content();
    }

    private static Content bytes(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) ((i * 31) >> 3);
        }
        return new Content.Encoded(bytes, "application/x-test");
    }

    private void take(SampleRule rule, Content content) {
        assertThat(samples.reserve(1)).isTrue();
        Prediction prediction = new Prediction(
                new Stamp(5_000, 10, 1),
                "p",
                "source",
                ++seq,
                new ModelRef("m", "1.0.0", "0".repeat(64)),
                1,
                "cat",
                3,
                0.4f,
                List.of(),
                List.of(),
                1,
                List.of(),
                false,
                "test",
                Found.NOTHING);
        samples.keep(
                new SampleKeeper.Taken(rule, prediction, new Receipt(7, Stream.DATA, seq), content, new int[0], 1));
        step();
    }

    private void step() {
        now += LOOK;
        samples.work(now);
    }

    private void bringAll() {
        for (int i = 0; i < 100 && samples.view().count() > 0; i++) {
            deliver();
            step();
        }
    }

    /** What a fleet does: takes all rows, and acknowledges them. */
    private void deliver() {
        ask(() -> {
            StreamState state = outbox.state(Stream.DATA);
            Batch batch = outbox.read(Stream.DATA, state.acknowledged() + 1, 1_000, 1 << 20);
            if (batch != null) {
                for (Row row : batch.rows()) {
                    if (row instanceof Row.Data data && Records.decode(data.record()) instanceof SampleChunk chunk) {
                        byte[] all = arrived.computeIfAbsent(
                                chunk.sample().name(),
                                name -> new byte[chunk.sample().size()]);
                        System.arraycopy(
                                chunk.content(),
                                0,
                                all,
                                chunk.number() * io.fulmar.sync.wire.Limits.SAMPLE_CHUNK_BYTES,
                                chunk.content().length);
                    }
                }
                outbox.acknowledge(
                        new Acknowledge(batch.epoch(), Stream.DATA, batch.last(), batch.tailHash(), 1, 0, 0));
            }
            return true;
        });
    }

    private StreamState state() {
        List<StreamState> found = new ArrayList<>();
        ask(() -> found.add(outbox.state(Stream.DATA)));
        return found.getFirst();
    }

    private void ask(java.util.function.Supplier<Boolean> what) {
        assertThat(errands.ask(it -> what.get(), Duration.ofSeconds(10)))
                .isInstanceOf(io.fulmar.agent.run.Asked.Done.class);
    }

    private long diskBytes() throws IOException {
        long sum = Files.size(dir.resolve("samples"));
        try (var files = Files.list(dir.resolve("samples"))) {
            for (Path file : files.toList()) {
                sum += SampleFile.diskBytes(Files.size(file));
            }
        }
        return sum;
    }

    /** Commits at once, as the store's thread. */
    private final class Appending implements Recorder {
        @Override
        public void record(Stream stream, DeviceRecord record) {
            throw new AssertionError("nobody asks what becomes of it");
        }

        @Override
        public void record(Stream stream, DeviceRecord record, Fate fate) {
            ask(() -> {
                for (Appended appended : outbox.append(List.of(new Draft(stream, Records.encode(record))))) {
                    switch (appended) {
                        case Appended.Recorded it -> fate.recorded(it.receipt());
                        case Appended.Refused it -> fate.refused();
                    }
                }
                return true;
            });
        }
    }
}
