package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random life of a store against a fleet that is a map. After every step: recorded is the sum of the rest (P3); at the
 * end every receipt was delivered with its bytes or lies inside of a declared gap (P4), in order and without a hole (P5).
 */
class OutboxModelTest {
    private static final int STEPS = 150;

    private final Map<Receipt, String> receipts = new HashMap<>();
    private final Map<Stream, Long> fleetNext = new EnumMap<>(Stream.class);
    private final Map<Receipt, String> delivered = new HashMap<>();
    private long declared;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void nothingIsLostThatNoGapDeclares(long seed, @TempDir Path dir) {
        Random random = new Random(seed);
        World world = new World(
                new OutboxConfig(dir.resolve("0"), World.MIB, 256 * 1024, Duration.ofHours(2), WhenFull.EVICT_OLDEST));
        for (int step = 0; step < STEPS; step++) {
            Stream stream = List.of(Stream.values()).get(random.nextInt(3));
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> append(world, stream, random);
                case 4, 5 -> send(world, stream, random, true);
                case 6 -> send(world, stream, random, false);
                case 7 -> {
                    world.pass(Duration.ofMinutes(random.nextInt(40)));
                    world.outbox.maintain();
                }
                case 8 -> world.reopen();
                default -> {
                    World after = world.killed(dir.resolve(String.valueOf(step + 1)));
                    world.close();
                    after.nanos = world.nanos;
                    world = after;
                }
            }
            for (Stream each : Stream.values()) {
                Counters c = world.outbox.counters(each);
                assertThat(c.recorded())
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(c.acknowledged() + c.buffered() + c.evicted() + c.quarantined());
                assertThat(c.quarantined()).isZero();
            }
            assertThat(world.outbox.sizeBytes()).isLessThanOrEqualTo(World.MIB);
        }
        for (Stream stream : Stream.values()) {
            while (world.outbox.counters(stream).buffered() > 0) {
                send(world, stream, random, true);
            }
            send(world, stream, random, true);
        }
        world.close();
        assertThat(receipts).as("seed %d", seed).containsAllEntriesOf(delivered);
        assertThat(receipts.size() - delivered.size()).as("seed %d", seed).isEqualTo((int) declared);
    }

    private void append(World world, Stream stream, Random random) {
        List<Draft> drafts = new ArrayList<>();
        int count = 1 + random.nextInt(200);
        for (int i = 0; i < count; i++) {
            drafts.add(new Draft(
                    random.nextInt(10) == 0 ? Stream.ALARM : stream,
                    World.bytes(random.nextLong() + "x".repeat(random.nextInt(800)))));
        }
        List<Appended> results = world.outbox.append(drafts);
        for (int i = 0; i < count; i++) {
            if (results.get(i) instanceof Appended.Recorded recorded) {
                receipts.put(recorded.receipt(), new String(drafts.get(i).record(), StandardCharsets.UTF_8));
            }
        }
    }

    /** The fleet takes what it does not have yet; the acknowledgement may get lost. */
    private void send(World world, Stream stream, Random random, boolean acknowledged) {
        long next = fleetNext.getOrDefault(stream, 1L);
        Batch sent = world.outbox.read(
                stream,
                world.outbox.state(stream).acknowledged() + 1,
                1 + random.nextInt(300),
                200 + random.nextInt(100_000));
        if (sent == null || sent.last() < next) {
            if (sent != null) {
                world.acknowledge(sent);
            }
            return;
        }
        assertThat(sent.first()).isLessThanOrEqualTo(next);
        Batch fresh = sent.from(next);
        long seq = fresh.first();
        for (Row row : fresh.rows()) {
            switch (row) {
                case Row.Data data ->
                    assertThat(delivered.put(
                                    new Receipt(fresh.epoch(), stream, seq),
                                    new String(data.record(), StandardCharsets.UTF_8)))
                            .isNull();
                case Row.Gap gap -> declared += gap.count();
            }
            seq += row.count();
        }
        fleetNext.put(stream, seq);
        if (acknowledged) {
            assertThat(world.acknowledge(sent)).isInstanceOf(AckResult.Advanced.class);
        }
    }
}
