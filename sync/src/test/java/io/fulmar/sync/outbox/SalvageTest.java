package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.salvage.DamagedStore;
import io.fulmar.sync.salvage.StreamWalk;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read back of a damaged store is what was recorded, in its place, and all of it but what lay on damaged pages (P17). */
class SalvageTest {
    private static final int PAGE = Limits.PAGE_BYTES;
    private static final int FLIPS = 400;
    private static final long SEED = Long.getLong("fulmar.seed", 20261122L);

    @TempDir
    private Path dir;

    private int made = 1_000_000;

    /** What was recorded, by stream and sequence, and how far the fleet had it. */
    private record Recorded(Map<Stream, Map<Long, byte[]>> rows, Map<Stream, Long> acknowledged) {
        Map<Long, byte[]> of(Stream stream) {
            return Objects.requireNonNull(rows.get(stream));
        }

        long acknowledgedOf(Stream stream) {
            return Objects.requireNonNull(acknowledged.get(stream));
        }
    }

    private static Recorded recorded(World world) {
        Map<Stream, Map<Long, byte[]>> rows = new EnumMap<>(Stream.class);
        Map<Stream, Long> acknowledged = new EnumMap<>(Stream.class);
        for (Stream stream : Stream.values()) {
            Map<Long, byte[]> of = new HashMap<>();
            long from = world.outbox.state(stream).acknowledged() + 1;
            acknowledged.put(stream, from - 1);
            for (Batch batch = world.outbox.read(stream, from, 100, 1_000_000);
                    batch != null;
                    batch = world.outbox.read(stream, batch.last() + 1, 100, 1_000_000)) {
                long seq = batch.first();
                for (Row row : batch.rows()) {
                    if (row instanceof Row.Data data) {
                        of.put(seq, data.record());
                    }
                    seq += row.count();
                }
            }
            rows.put(stream, of);
        }
        return new Recorded(rows, acknowledged);
    }

    /** A result of reading back: records that came, and rows that are declared. */
    private record ReadBack(long records, long damaged, long declared) {}

    /** Reads all back and checks each row; what comes is one sequence without a hole, up to the end that is known. */
    private static ReadBack readBack(Path database, Recorded recorded, boolean endsAreKnown) throws IOException {
        SetAside aside = SetAside.at(database);
        long records = 0;
        long damaged = 0;
        long declared = 0;
        try (DamagedStore pages = aside.open()) {
            if (pages == null) {
                return new ReadBack(0, 0, 0);
            }
            while (pages.scan(7) > 0) {}
            for (Stream stream : Stream.values()) {
                long next = recorded.acknowledgedOf(stream) + 1;
                long tail = next - 1 + recorded.of(stream).size();
                ChainHash hash = null;
                StreamWalk walk = pages.walk(stream, aside.acknowledged(stream) + 1, null);
                for (Batch batch = walk.next(30, 50_000); batch != null; batch = walk.next(30, 50_000)) {
                    assertThat(batch.first()).isEqualTo(next);
                    if (hash != null) {
                        assertThat(batch.previous()).isEqualTo(hash);
                    }
                    for (Row row : batch.rows()) {
                        switch (row) {
                            case Row.Data data -> {
                                assertThat(data.record())
                                        .isEqualTo(recorded.of(stream).get(next));
                                records++;
                            }
                            case Row.Gap gap when gap.reason() == GapReason.DAMAGED -> damaged += gap.count();
                            case Row.Gap gap -> declared += gap.count();
                        }
                        next += row.count();
                    }
                    hash = batch.tailHash();
                }
                if (endsAreKnown) {
                    assertThat(next).isGreaterThan(tail);
                }
            }
        }
        return new ReadBack(records, damaged, declared);
    }

    private World filled(String name) {
        World world = new World(new OutboxConfig(
                dir.resolve(name), 64 * World.MIB, World.MIB, Duration.ofDays(30), WhenFull.EVICT_OLDEST));
        for (int round = 0; round < 8; round++) {
            append(world, Stream.DATA, 300, 100);
            append(world, Stream.EVENT, 20, 300);
            append(world, Stream.ALARM, 3, 3000);
            append(world, Stream.EVENT, 1, 9000);
        }
        Batch first = Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 100, 1_000_000));
        world.acknowledge(first);
        return world;
    }

    /** Appends records of which each is another. */
    private void append(World world, Stream stream, int count, int size) {
        List<Draft> drafts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made++;
            drafts.add(new Draft(stream, Arrays.copyOf(World.bytes(stream + " number " + made + ";"), size)));
        }
        assertThat(world.outbox.append(drafts)).allMatch(Appended.Recorded.class::isInstance);
    }

    private Path copy(World origin, String name) throws IOException {
        Path copy = dir.resolve(name);
        Files.createDirectories(copy);
        for (String file : List.of(Store.NAME, Store.WAL_NAME, Highwater.NAME)) {
            if (Files.exists(origin.dir.resolve(file))) {
                Files.copy(origin.dir.resolve(file), copy.resolve(file));
            }
        }
        return copy.resolve(Store.NAME);
    }

    private static void change(Path file, UnaryOperator<byte[]> how) throws IOException {
        Files.write(file, how.apply(Files.readAllBytes(file)));
    }

    private static long all(Recorded recorded) {
        return recorded.rows().values().stream().mapToLong(Map::size).sum();
    }

    @Test
    void aWholeStoreIsReadBackWhole() throws IOException {
        try (World world = filled("a")) {
            Recorded recorded = recorded(world);
            assertThat(readBack(copy(world, "with-log"), recorded, true)).isEqualTo(new ReadBack(all(recorded), 0, 0));
            world.outbox.close();
            assertThat(readBack(copy(world, "without-log"), recorded, true))
                    .isEqualTo(new ReadBack(all(recorded), 0, 0));
        }
    }

    @Test
    void withoutTheFileBesideItTheStoreItselfSaysWhatItWas() throws IOException {
        try (World world = filled("a")) {
            Recorded recorded = recorded(world);
            Path copy = copy(world, "alone");
            Files.delete(copy.resolveSibling(Highwater.NAME));
            Path bare = Files.move(copy, copy.resolveSibling("found.db"));
            Files.move(copy.resolveSibling(Store.WAL_NAME), copy.resolveSibling("found.db-wal"));
            SetAside aside = SetAside.at(bare);
            try (DamagedStore pages = Objects.requireNonNull(aside.open())) {
                while (pages.scan(100) > 0) {}
                long rows = 0;
                for (Stream stream : Stream.values()) {
                    StreamWalk walk = pages.walk(stream, 1, null);
                    for (Batch batch = walk.next(1000, 1_000_000); batch != null; batch = walk.next(1000, 1_000_000)) {
                        rows += batch.rows().stream()
                                .filter(Row.Data.class::isInstance)
                                .count();
                    }
                }
                assertThat(rows).isEqualTo(all(recorded));
                assertThat(aside.epoch())
                        .isEqualTo(world.outbox.state(Stream.DATA).epoch());
            }
        }
    }

    @Test
    void aFlippedBitCostsARowAtMostAndNeverMakesAWrongOne() throws IOException {
        Random random = new Random(SEED);
        try (World world = filled("a")) {
            Recorded recorded = recorded(world);
            long rows = all(recorded);
            long lost = 0;
            for (int i = 0; i < FLIPS; i++) {
                Path copy = copy(world, "flip" + i);
                Path file = i % 2 == 0 ? copy : copy.resolveSibling(Store.WAL_NAME);
                change(file, bytes -> {
                    int bit = random.nextInt(bytes.length * 8);
                    bytes[bit / 8] ^= (byte) (1 << (bit % 8));
                    return bytes;
                });
                ReadBack back = readBack(copy, recorded, true);
                lost += rows - back.records();
                assertThat(rows - back.records()).as("flip %d", i).isLessThanOrEqualTo(40);
                assertThat(back.records() + back.damaged()).as("flip %d", i).isEqualTo(rows);
            }
            System.out.printf("flipped bits: %d, each lost %.2f of %d rows%n", FLIPS, (double) lost / FLIPS, rows);
        }
    }

    @Test
    void eachPageInTurnOverwrittenCostsItsOwnRowsAndOneMore() throws IOException {
        try (World world = filled("a")) {
            Recorded recorded = recorded(world);
            world.outbox.close();
            long rows = all(recorded);
            int pages = (int) (Files.size(world.dir.resolve(Store.NAME)) / PAGE);
            for (int page = 0; page < pages; page++) {
                int at = page * PAGE;
                Path copy = copy(world, "page" + page);
                change(copy, bytes -> {
                    Arrays.fill(bytes, at, at + PAGE, (byte) 0);
                    return bytes;
                });
                ReadBack back = readBack(copy, recorded, true);
                assertThat(back.records()).as("page %d", page).isGreaterThanOrEqualTo(rows - 40);
                assertThat(back.records() + back.damaged()).as("page %d", page).isEqualTo(rows);
            }
        }
    }

    @Test
    void atLeast99OfAHundredRowsOnPagesThatAreLeftAreReadBack() throws IOException {
        Random random = new Random(SEED);
        try (World world = filled("a")) {
            Recorded recorded = recorded(world);
            world.outbox.close();
            List<Integer> homes = homes(Files.readAllBytes(world.dir.resolve(Store.NAME)), recorded);
            for (int share : new int[] {100, 30, 10}) {
                for (int round = 0; round < 20; round++) {
                    Path copy = copy(world, "share" + share + "-" + round);
                    int pages = (int) (Files.size(copy) / PAGE);
                    List<Integer> gone = new ArrayList<>();
                    for (int page = 0; page < pages; page++) {
                        if (random.nextInt(share) == 0) {
                            gone.add(page);
                        }
                    }
                    change(copy, bytes -> {
                        for (int page : gone) {
                            byte[] noise = new byte[PAGE];
                            random.nextBytes(noise);
                            System.arraycopy(noise, 0, bytes, page * PAGE, PAGE);
                        }
                        return bytes;
                    });
                    ReadBack back = readBack(copy, recorded, true);
                    assertThat(back.records() + back.damaged()).isEqualTo(all(recorded));
                    long intact =
                            homes.stream().filter(page -> !gone.contains(page)).count();
                    assertThat(back.records() / (double) intact)
                            .as("%d pages of %d, %d of %d rows", gone.size(), pages, back.records(), intact)
                            .isGreaterThan(share == 100 ? 0.99 : share == 30 ? 0.98 : 0.93);
                }
            }
        }
    }

    /** The page on which each of the recorded rows begins. */
    private static List<Integer> homes(byte[] database, Recorded recorded) {
        List<Integer> homes = new ArrayList<>();
        for (Map<Long, byte[]> stream : recorded.rows().values()) {
            for (byte[] record : stream.values()) {
                homes.add(indexOf(database, Arrays.copyOf(record, 28)) / PAGE);
            }
        }
        return homes;
    }

    private static int indexOf(byte[] bytes, byte[] what) {
        for (int i = 0; i + what.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + what.length, what, 0, what.length)) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void ofAFileThatWasCutOffTheRestIsReadBack() throws IOException {
        try (World world = filled("a")) {
            Recorded recorded = recorded(world);
            world.outbox.close();
            long before = 0;
            for (int tenth = 1; tenth <= 10; tenth++) {
                Path copy = copy(world, "cut" + tenth);
                int share = tenth;
                change(copy, bytes -> Arrays.copyOf(bytes, bytes.length / 10 * share - 7));
                ReadBack back = readBack(copy, recorded, true);
                assertThat(back.records()).isGreaterThanOrEqualTo(before);
                assertThat(back.records() + back.damaged()).isEqualTo(all(recorded));
                before = back.records();
            }
            assertThat(before).isGreaterThan(all(recorded) * 9 / 10);
            Path empty = copy(world, "empty");
            change(empty, bytes -> new byte[0]);
            assertThat(readBack(empty, recorded, true).records()).isZero();
        }
    }

    @Test
    void whatTheStoreHadGivenUpByItsPolicyStaysDeclaredForThatReason() throws IOException {
        try (World world = new World(
                new OutboxConfig(dir.resolve("small"), World.MIB, 0, Duration.ofDays(30), WhenFull.EVICT_OLDEST))) {
            world.fill(Stream.DATA, 10_000, 200);
            long given = world.outbox.counters(Stream.DATA).evicted();
            assertThat(given).isPositive();
            Recorded recorded = recorded(world);
            SetAside aside = SetAside.at(copy(world, "copy"));
            try (DamagedStore pages = Objects.requireNonNull(aside.open())) {
                while (pages.scan(100) > 0) {}
                Batch first =
                        Objects.requireNonNull(pages.walk(Stream.DATA, 1, null).next(10, 100_000));
                assertThat(first.rows().getFirst()).isInstanceOfSatisfying(Row.Gap.class, gap -> {
                    assertThat(gap.count()).isEqualTo(given);
                    assertThat(gap.reason()).isEqualTo(GapReason.QUOTA);
                });
                assertThat(((Row.Data) first.rows().get(1)).record())
                        .isEqualTo(recorded.of(Stream.DATA).get(given + 1));
            }
        }
    }

    @Test
    void rowsBehindADamagedFrameOfTheLogOutliveTheOpeningByTheAgent() throws IOException {
        try (World world = filled("a")) {
            Recorded recorded = recorded(world);
            Path copy = copy(world, "log");
            Path folder = dir.resolve("log");
            change(copy.resolveSibling(Store.WAL_NAME), bytes -> {
                bytes[32 + 24 + 100] ^= 1; // in the first frame
                return bytes;
            });
            long rows = all(recorded);
            try (World reopened = new World(folder)) {
                assertThat(reopened.outbox.damaged()).hasSize(1);
                SetAside aside = SetAside.in(folder).getFirst();
                ReadBack back = readBack(copy.resolveSibling(aside.name()), recorded, true);
                assertThat(back.records()).isGreaterThanOrEqualTo(rows - 40);
                assertThat(back.records() + back.damaged()).isEqualTo(rows);
            }
        }
    }

    @Test
    void aRowThatWasReadBackCountsAsAcknowledgedAndNoLongerAsSetAside() throws IOException {
        try (World world = filled("a")) {
            world.outbox.renew("for this test");
            Counters before = world.outbox.counters(Stream.DATA);
            assertThat(world.outbox.readBack(Stream.DATA, 7)).isTrue();
            world.reopen();
            Counters after = world.outbox.counters(Stream.DATA);
            assertThat(after.recorded()).isEqualTo(before.recorded());
            assertThat(after.acknowledged()).isEqualTo(before.acknowledged() + 7);
            assertThat(after.quarantined()).isEqualTo(before.quarantined() - 7);
        }
    }

    @Test
    void howFarItCameIsKeptBesideTheFile() throws IOException {
        try (World world = filled("a")) {
            world.outbox.renew("for this test");
            SetAside aside = SetAside.in(world.dir).getFirst();
            Salvaged some = new Salvaged(17, new ChainHash(1, 2), 10, 7, List.of(new Salvaged.Range(3, 9)), false);
            aside.save(Stream.DATA, some);
            SetAside again = SetAside.in(world.dir).getFirst();
            assertThat(again.salvaged(Stream.DATA)).isEqualTo(some);
            assertThat(again.salvaged(Stream.ALARM)).isEqualTo(Salvaged.NOTHING);
            assertThat(again.epoch()).isEqualTo(aside.epoch()).isNotZero();
        }
    }
}
