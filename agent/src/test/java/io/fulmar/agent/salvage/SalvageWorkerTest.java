package io.fulmar.agent.salvage;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.SetAside;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Renew;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.RowsAnswer;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was set aside goes to a fleet over a real uplink, on the test's clock. */
class SalvageWorkerTest {
    private static final int ROWS = 600;
    private static final Duration STEP = Duration.ofMillis(50);

    private final Path dir;
    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
    private final Outbox outbox;
    private final Uplink uplink;
    private final Deque<DownlinkMessage> answers = new ArrayDeque<>();
    private final List<Batch> came = new ArrayList<>();
    private final Map<Long, Head> fleet = new HashMap<>();
    private final List<String> events = new ArrayList<>();
    private SalvageWorker worker;
    private int packetBytes = 1 << 20;
    private boolean contradicts;
    private long now;

    /** How far the fleet has the stream {@code data} of an epoch. */
    private record Head(long next, ChainHash hash) {}

    SalvageWorkerTest(@TempDir Path dir) {
        this.dir = dir;
        this.outbox = Outbox.open(
                new OutboxConfig(dir, 64 << 20, 0, Duration.ofDays(30), WhenFull.EVICT_OLDEST), () -> Instant.EPOCH);
        this.uplink = new Uplink(
                "d1",
                () -> wire,
                outbox,
                this::take,
                positions -> new Hello("test", 1, 0, 0, List.of(), List.of(), positions),
                new UplinkSettings(20, 64 * 1024, 4, Duration.ofSeconds(2), Duration.ofSeconds(8), Long.MAX_VALUE),
                new SplittableRandom(1),
                new Counters(),
                new FaultLog(() -> Instant.EPOCH));
        this.worker = worker();
    }

    @AfterEach
    void close() {
        worker.close();
        outbox.close();
    }

    private SalvageWorker worker() {
        return new SalvageWorker(
                dir,
                uplink.courier(),
                20,
                new SalvageWorker.Surroundings() {
                    @Override
                    public boolean readBack(Stream stream, long rows) {
                        return outbox.readBack(stream, rows);
                    }

                    @Override
                    public void wake() {}

                    @Override
                    public void event(String name, String text) {
                        events.add(name + " " + text);
                    }
                },
                new FaultLog(() -> Instant.EPOCH));
    }

    /** The broker and the fleet: what is too large is refused, what follows is stored, all else is asked for. */
    private PublishOutcome take(OutboundMessage message) {
        if (message.payload().length > packetBytes) {
            return PublishOutcome.TOO_LARGE;
        }
        var envelope =
                new Envelope(message.topic(), message.payload(), message.contentType(), message.userProperties());
        switch (wire.decodeUplink(envelope).message()) {
            case Hello _ -> answers.add(new Welcome("test", 8, 0, 0));
            case Batch batch -> stored(batch);
            default -> {}
        }
        return PublishOutcome.ACCEPTED;
    }

    private void stored(Batch batch) {
        came.add(batch);
        long key = batch.epoch() * 31 + batch.stream().number();
        Head head = fleet.getOrDefault(key, new Head(1, ChainHash.ZERO));
        if (contradicts && batch.epoch() != outbox.state(Stream.DATA).epoch()) {
            answers.add(new Renew(batch.epoch(), "another row is here", 0));
        } else if (batch.first() > head.next()) {
            answers.add(new Expected(batch.epoch(), batch.stream(), head.next(), head.hash(), 8, 0, 0));
        } else {
            if (batch.last() >= head.next()) {
                head = new Head(batch.last() + 1, batch.tailHash());
                fleet.put(key, head);
            }
            answers.add(new Acknowledge(batch.epoch(), batch.stream(), head.next() - 1, head.hash(), 8, 0, 0));
        }
    }

    private void record(int rows) {
        List<Draft> drafts = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            drafts.add(new Draft(Stream.DATA, ByteBuffer.allocate(50).putInt(i).array()));
        }
        outbox.append(drafts);
    }

    private void step() {
        now += STEP.toNanos();
        worker.work(now);
        uplink.work(now);
        for (DownlinkMessage answer = answers.poll(); answer != null; answer = answers.poll()) {
            uplink.received(answer, now);
        }
    }

    private SetAside aside() {
        try {
            return SetAside.in(dir).getFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void untilDone() {
        for (int i = 0; i < 3_000 && !aside().isDone(); i++) {
            step();
        }
        for (int i = 0; i < 20; i++) {
            step();
        }
        assertThat(aside().isDone()).isTrue();
    }

    private List<Row> rowsOf(long epoch) {
        return came.stream()
                .filter(batch -> batch.epoch() == epoch && batch.stream() == Stream.DATA)
                .flatMap(batch -> batch.rows().stream())
                .toList();
    }

    @Test
    void whatWasSetAsideArrivesUnderItsOldNameBehindWhatIsNewAndCountsAsAcknowledged() {
        record(ROWS);
        long old = outbox.state(Stream.DATA).epoch();
        outbox.renew("for this test");
        record(5);
        uplink.connected(1 << 20);
        untilDone();

        assertThat(rowsOf(old)).hasSize(ROWS).allMatch(Row.Data.class::isInstance);
        assertThat(came.getFirst().epoch()).isEqualTo(outbox.state(Stream.DATA).epoch());
        assertThat(outbox.counters(Stream.DATA).acknowledged()).isEqualTo(ROWS + 5);
        assertThat(outbox.counters(Stream.DATA).quarantined()).isZero();
        assertThat(events)
                .singleElement()
                .asString()
                .contains("store.salvaged")
                .contains("data 600 rows read back, 0 lost");
    }

    @Test
    void whatTheFleetForgotIsDeclaredAndWhatItHasIsNoConflict() {
        record(ROWS);
        StreamState state = outbox.state(Stream.DATA);
        Batch first = Objects.requireNonNull(outbox.read(Stream.DATA, 1, 100, 1 << 20));
        outbox.acknowledge(new Acknowledge(state.epoch(), Stream.DATA, 100, first.tailHash(), 8, 0, 0));
        outbox.renew("for this test");
        uplink.connected(1 << 20);
        untilDone();

        List<Row> rows = rowsOf(state.epoch()).stream().distinct().toList();
        assertThat(rows)
                .anySatisfy(row -> assertThat(row).isInstanceOfSatisfying(Row.Gap.class, gap -> {
                    assertThat(gap.reason()).isEqualTo(GapReason.FORGOTTEN);
                    assertThat(gap.last()).isEqualTo(100);
                }));
        assertThat(fleet.values()).anyMatch(head -> head.next() == ROWS + 1);
        assertThat(outbox.counters(Stream.DATA).acknowledged()).isEqualTo(ROWS);
    }

    @Test
    void aSecondWorkerGoesOnWhereTheFirstWasKilled() {
        record(ROWS);
        outbox.renew("for this test");
        uplink.connected(1 << 20);
        for (int i = 0; i < 200 && aside().salvaged(Stream.DATA).upTo() == 0; i++) {
            step();
        }
        assertThat(aside().isDone()).isFalse();
        worker.close();
        worker = worker();
        uplink.disconnected();
        uplink.connected(1 << 20);
        untilDone();

        assertThat(aside().salvaged(Stream.DATA).readBack()).isEqualTo(ROWS);
        assertThat(outbox.counters(Stream.DATA).acknowledged()).isEqualTo(ROWS);
    }

    @Test
    void whereTheFleetHasOtherRowsTheRestStaysSetAsideAndTheDeviceSaysSo() {
        record(ROWS);
        contradicts = true;
        outbox.renew("for this test");
        uplink.connected(1 << 20);
        untilDone();

        assertThat(outbox.counters(Stream.DATA).quarantined()).isEqualTo(ROWS);
        assertThat(events.getFirst())
                .contains("store.lost")
                .contains("data from row 1")
                .contains("another row is here");
    }

    @Test
    void aBatchThatNoPacketCarriesGoesInSmallerOnesAndARowInItsPlaceIsDeclared() {
        record(10);
        outbox.append(List.of(new Draft(Stream.DATA, noise(3_000))));
        record(10);
        long old = outbox.state(Stream.DATA).epoch();
        outbox.renew("for this test");
        packetBytes = 1_000;
        uplink.connected(1 << 20);
        untilDone();

        assertThat(rowsOf(old)).filteredOn(Row.Data.class::isInstance).hasSize(20);
        assertThat(rowsOf(old))
                .filteredOn(Row.Gap.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(
                        Row.Gap.class, gap -> assertThat(gap.reason()).isEqualTo(GapReason.TOO_LARGE));
    }

    @Test
    void whatSomebodyCarriedWordOfIsNotSentAgain() {
        record(ROWS);
        StreamState state = outbox.state(Stream.DATA);
        outbox.renew("for this test");
        for (int i = 0; i < 50; i++) {
            step(); // without a connection
        }
        assertThat(worker.carried(new RowsAnswer.Held(state.epoch(), Stream.DATA, 7, new ChainHash(1, 2))))
                .isTrue();
        assertThat(worker.carried(new RowsAnswer.Held(state.epoch(), Stream.DATA, ROWS, state.tailHash())))
                .isTrue();
        assertThat(worker.carried(new RowsAnswer.Held(4711, Stream.DATA, ROWS, state.tailHash())))
                .isFalse();
        untilDone();

        assertThat(came).isEmpty();
        assertThat(outbox.counters(Stream.DATA).acknowledged()).isEqualTo(ROWS);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(7).nextBytes(bytes);
        return bytes;
    }
}
