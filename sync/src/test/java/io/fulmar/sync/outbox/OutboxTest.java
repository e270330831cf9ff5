package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {
    private Path dir;
    private World world;

    @BeforeEach
    void open(@TempDir Path folder) {
        dir = folder;
        world = new World(dir.resolve("state"));
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void everyStreamCountsFromOneInTheEpochOfTheStore() {
        long epoch = world.outbox.state(Stream.DATA).epoch();
        assertThat(world.record(Stream.DATA, "a")).isEqualTo(new Receipt(epoch, Stream.DATA, 1));
        assertThat(world.record(Stream.ALARM, "b")).isEqualTo(new Receipt(epoch, Stream.ALARM, 1));
        assertThat(world.record(Stream.DATA, "c")).isEqualTo(new Receipt(epoch, Stream.DATA, 2));
    }

    @Test
    void whatWasRecordedIsReadBackInOrderAfterReopening() {
        world.append(Stream.DATA, "a", "b", "c");
        long epoch = world.outbox.state(Stream.DATA).epoch();
        world.reopen();
        assertThat(world.texts(Stream.DATA)).containsExactly("a", "b", "c");
        assertThat(world.outbox.state(Stream.DATA).epoch()).isEqualTo(epoch);
        assertThat(world.outbox.boot()).isEqualTo(2);
        assertThat(world.record(Stream.DATA, "d").seq()).isEqualTo(4);
    }

    @Test
    void aBatchContinuesTheChainFromTheRowBeforeIt() {
        world.append(Stream.DATA, "a", "b", "c");
        Batch all = Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 100, 1000));
        Batch rest = Objects.requireNonNull(world.outbox.read(Stream.DATA, 2, 100, 1000));
        assertThat(all.previous()).isEqualTo(ChainHash.ZERO);
        assertThat(rest.previous()).isEqualTo(all.hashes().getFirst());
        assertThat(rest.tailHash())
                .isEqualTo(all.tailHash())
                .isEqualTo(world.outbox.state(Stream.DATA).tailHash());
    }

    @Test
    void aBatchIsBoundedInRowsAndBytesButHasAtLeastOneRow() {
        world.append(Stream.DATA, "a".repeat(500), "b".repeat(500), "c".repeat(500));
        assertThat(Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 2, 10_000))
                        .rows())
                .hasSize(2);
        assertThat(Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 100, 1200))
                        .rows())
                .hasSize(2);
        assertThat(Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 100, 1))
                        .rows())
                .hasSize(1);
        assertThat(world.outbox.read(Stream.DATA, 4, 100, 10_000)).isNull();
        assertThat(world.outbox.read(Stream.EVENT, 1, 100, 10_000)).isNull();
    }

    @Test
    void acknowledgedRowsAreGoneAndTheChainGoesOn() {
        world.append(Stream.DATA, "a", "b", "c");
        Batch two = Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 2, 1000));
        assertThat(world.acknowledge(two)).isEqualTo(new AckResult.Advanced(2, 2));
        world.reopen();
        assertThat(world.texts(Stream.DATA)).containsExactly("c");
        assertThat(world.outbox.counters(Stream.DATA)).isEqualTo(new Counters(3, 2, 1, 0, 0, 0));
        assertThat(world.drain(Stream.DATA)).isEqualTo(1);
        world.reopen();
        assertThat(world.record(Stream.DATA, "d").seq()).isEqualTo(4);
        assertThat(world.texts(Stream.DATA)).containsExactly("d");
        assertThat(world.outbox.counters(Stream.DATA)).isEqualTo(new Counters(4, 3, 1, 0, 0, 0));
    }

    @Test
    void anAcknowledgementThatCannotBeTrueIsNotBelieved() {
        world.append(Stream.DATA, "a", "b", "c");
        Batch batch = Objects.requireNonNull(world.read(Stream.DATA));
        long epoch = batch.epoch();
        ChainHash hash = batch.tailHash();
        assertThat(acknowledge(epoch + 1, 3, hash)).isInstanceOf(AckResult.Disbelieved.class);
        assertThat(acknowledge(epoch, 4, hash)).isInstanceOf(AckResult.Disbelieved.class);
        assertThat(acknowledge(epoch, 2, hash)).isInstanceOf(AckResult.Disbelieved.class);
        assertThat(acknowledge(epoch, 0, hash)).isInstanceOf(AckResult.Disbelieved.class);
        assertThat(acknowledge(epoch, 0, ChainHash.ZERO)).isInstanceOf(AckResult.Stale.class);
        assertThat(world.outbox.counters(Stream.DATA).buffered()).isEqualTo(3);
        assertThat(acknowledge(epoch, 3, hash)).isInstanceOf(AckResult.Advanced.class);
        assertThat(acknowledge(epoch, 3, hash)).isInstanceOf(AckResult.Stale.class);
        assertThat(acknowledge(epoch, 1, hash)).isInstanceOf(AckResult.Stale.class);
    }

    @Test
    void aFleetThatForgotAcknowledgedRowsGetsAGapInTheirPlace() {
        world.append(Stream.DATA, "a", "b", "c");
        world.acknowledge(Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 2, 1000)));
        Batch batch = Objects.requireNonNull(world.outbox.read(Stream.DATA, 2, 100, 1000));
        assertThat(batch.previous()).isNull();
        assertThat(batch.rows().getFirst())
                .isEqualTo(new Row.Gap(
                        2,
                        GapReason.FORGOTTEN,
                        1,
                        world.outbox.state(Stream.DATA).acknowledgedHash()));
        assertThat(batch.last()).isEqualTo(3);
    }

    @Test
    void atTheQuotaTheOldestDataGivesWayAndAGapSaysSo() {
        tiny(WhenFull.EVICT_OLDEST);
        assertThat(world.fill(Stream.DATA, 10_000, 200)).isZero();
        Counters counters = world.outbox.counters(Stream.DATA);
        assertThat(counters.recorded()).isEqualTo(10_000);
        assertThat(counters.evicted()).isPositive();
        assertThat(counters.buffered() + counters.evicted()).isEqualTo(10_000);
        assertThat(world.outbox.sizeBytes()).isLessThanOrEqualTo(World.MIB);
        Batch batch = Objects.requireNonNull(world.read(Stream.DATA));
        assertThat(batch.rows().getFirst()).isInstanceOfSatisfying(Row.Gap.class, gap -> {
            assertThat(gap.reason()).isEqualTo(GapReason.QUOTA);
            assertThat(gap.count()).isEqualTo(counters.evicted());
        });
        assertThat(world.drain(Stream.DATA)).isEqualTo(counters.buffered());
        assertThat(world.outbox.counters(Stream.DATA))
                .isEqualTo(new Counters(10_000, counters.buffered(), 0, counters.evicted(), 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1300, 2030, 2100, 3500, 4100, 60_000})
    void theQuotaIsReachedWithoutEverTakingTheDiskForFullWhateverTheRecordsMeasure(int size) {
        tiny(WhenFull.EVICT_OLDEST);
        int records = (int) (3 * World.MIB / (size + 40));
        assertThat(world.fill(Stream.DATA, records, size)).isZero();
        assertThat(world.outbox.health()).isEqualTo(new OutboxHealth.Healthy());
        assertThat(world.outbox.sizeBytes()).isLessThanOrEqualTo(World.MIB);
        assertThat(Objects.requireNonNull(world.read(Stream.DATA)).rows().getFirst())
                .isInstanceOfSatisfying(
                        Row.Gap.class, gap -> assertThat(gap.reason()).isEqualTo(GapReason.QUOTA));
    }

    @Test
    void theQuotaIsReachedWithoutTakingTheDiskForFullWhenSmallAndLargeRecordsAlternate() {
        tiny(WhenFull.EVICT_OLDEST);
        for (int i = 0; i < 400; i++) {
            assertThat(world.outbox.append(IntStream.range(0, 16)
                            .mapToObj(n -> new Draft(Stream.DATA, new byte[n % 2 == 0 ? 100 : 4000]))
                            .toList()))
                    .allMatch(Appended.Recorded.class::isInstance);
        }
        assertThat(world.outbox.health()).isEqualTo(new OutboxHealth.Healthy());
        assertThat(world.outbox.sizeBytes()).isLessThanOrEqualTo(World.MIB);
    }

    @Test
    void anAlarmPushesDataOutButDataNeverAnAlarm() {
        tiny(WhenFull.EVICT_OLDEST);
        world.fill(Stream.DATA, 10_000, 200);
        assertThat(world.fill(Stream.ALARM, 10_000, 200)).isZero();
        assertThat(world.outbox.counters(Stream.DATA).buffered()).isZero();
        assertThat(world.outbox.counters(Stream.ALARM).evicted()).isPositive();
        long alarms = world.outbox.counters(Stream.ALARM).buffered();
        assertThat(world.fill(Stream.DATA, 100, 200)).isEqualTo(100);
        assertThat(world.outbox.counters(Stream.DATA).refused()).isEqualTo(100);
        assertThat(world.outbox.counters(Stream.ALARM).buffered()).isEqualTo(alarms);
    }

    @Test
    void aStoreThatRefusesNewOnesKeepsWhatItHas() {
        tiny(WhenFull.REFUSE_NEW);
        int refused = world.fill(Stream.DATA, 10_000, 200);
        Counters counters = world.outbox.counters(Stream.DATA);
        assertThat(refused).isPositive();
        assertThat(counters).isEqualTo(new Counters(10_000 - refused, 0, 10_000 - refused, 0, 0, refused));
        world.drain(Stream.DATA);
        assertThat(world.fill(Stream.DATA, 100, 200)).isZero();
    }

    @Test
    void oldRowsAreGivenUpByTheTimeThatTheAgentRanWhateverTheWallClockSays() {
        world.append(Stream.DATA, "a", "b");
        world.wall = Instant.parse("2100-01-01T00:00:00Z");
        world.outbox.maintain();
        assertThat(world.texts(Stream.DATA)).containsExactly("a", "b");
        world.pass(Duration.ofDays(20));
        world.append(Stream.DATA, "c");
        world.reopen();
        world.wall = Instant.EPOCH;
        world.pass(Duration.ofDays(11));
        world.outbox.maintain();
        assertThat(world.texts(Stream.DATA)).containsExactly("AGE:2", "c");
        world.pass(Duration.ofDays(31));
        world.outbox.maintain();
        assertThat(world.texts(Stream.DATA)).containsExactly("AGE:3");
        assertThat(world.outbox.counters(Stream.DATA)).isEqualTo(new Counters(3, 0, 0, 3, 0, 0));
    }

    @Test
    void eachStreamHasAnAgeOfItsOwn() {
        Map<Stream, Duration> ages = Map.of(
                Stream.ALARM, Duration.ofDays(365), Stream.EVENT, Duration.ofDays(30), Stream.DATA, Duration.ofDays(7));
        try (World aged =
                new World(new OutboxConfig(dir.resolve("aged"), 64 * World.MIB, 0, ages, WhenFull.EVICT_OLDEST))) {
            for (Stream stream : Stream.values()) {
                aged.append(stream, "old");
            }
            aged.pass(Duration.ofDays(8));
            aged.outbox.maintain();
            assertThat(aged.texts(Stream.DATA)).containsExactly("AGE:1");
            assertThat(aged.texts(Stream.EVENT)).containsExactly("old");
            aged.pass(Duration.ofDays(30));
            aged.outbox.maintain();
            assertThat(aged.texts(Stream.EVENT)).containsExactly("AGE:1");
            assertThat(aged.texts(Stream.ALARM)).containsExactly("old");
        }
    }

    @Test
    void anAcknowledgementThatEndsInsideOfAGapWaitsForTheResend() {
        world.append(Stream.DATA, "a", "b", "c", "d");
        Batch sent = Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 2, 1000));
        world.pass(Duration.ofDays(31));
        world.outbox.maintain();
        assertThat(world.acknowledge(sent)).isInstanceOf(AckResult.Unverifiable.class);
        Batch again = Objects.requireNonNull(world.outbox.read(Stream.DATA, 3, 100, 1000));
        assertThat(again.first()).isEqualTo(1);
        assertThat(again.from(3).rows()).containsExactly(new Row.Gap(4, GapReason.AGE, 2, again.tailHash()));
        assertThat(world.acknowledge(again)).isEqualTo(new AckResult.Advanced(4, 0));
    }

    @Test
    void aRecordThatIsTooLargeIsRefusedAndTheOthersAreNot() {
        var results = world.outbox.append(java.util.List.of(
                new Draft(Stream.DATA, World.bytes("a")),
                new Draft(Stream.DATA, new byte[io.fulmar.sync.wire.Limits.RECORD_BYTES + 1]),
                new Draft(Stream.DATA, World.bytes("b"))));
        assertThat(results.get(1)).isInstanceOf(Appended.Refused.class);
        assertThat(world.texts(Stream.DATA)).containsExactly("a", "b");
    }

    @Test
    void spaceIsGivenBackWhenABacklogIsGone() {
        world.fill(Stream.DATA, 10_000, 900);
        assertThat(world.outbox.sizeBytes()).isGreaterThan(10 * World.MIB);
        world.drain(Stream.DATA);
        world.maintainUntilQuiet();
        world.reopen();
        assertThat(world.outbox.sizeBytes()).isLessThan(3 * World.MIB);
    }

    @Test
    void aSecondAgentIsKeptOut() {
        assertThatThrownBy(() -> Outbox.open(world.config, Instant::now))
                .isInstanceOfSatisfying(
                        OutboxException.class, e -> assertThat(e.hint()).isNotBlank());
        assertThat(world.record(Stream.DATA, "a").seq()).isEqualTo(1);
    }

    @Test
    void aDamagedStoreIsSetAsideAndItsRowsAreDeclared() throws Exception {
        world.append(Stream.DATA, "a", "b", "c");
        world.acknowledge(Objects.requireNonNull(world.outbox.read(Stream.DATA, 1, 1, 1000)));
        long epoch = world.outbox.state(Stream.DATA).epoch();
        world.outbox.close();
        Files.write(world.dir.resolve(Store.NAME), new byte[8192]);
        world.reopen();
        assertThat(world.outbox.state(Stream.DATA).epoch()).isNotEqualTo(epoch);
        assertThat(world.outbox.counters(Stream.DATA)).isEqualTo(new Counters(3, 1, 0, 0, 2, 0));
        assertThat(world.outbox.boot()).isEqualTo(2);
        assertThat(Damage.files(world.dir)).hasSize(1);
        Batch events = Objects.requireNonNull(world.read(Stream.EVENT));
        assertThat(events.rows())
                .hasSize(3)
                .anySatisfy(row -> assertThat(io.fulmar.sync.wire.Records.decode(((Row.Data) row).record()))
                        .isInstanceOfSatisfying(io.fulmar.sync.wire.StoreQuarantined.class, record -> {
                            assertThat(record.epoch()).isEqualTo(epoch);
                            assertThat(record.stream()).isEqualTo(Stream.DATA);
                            assertThat(record.first()).isEqualTo(2);
                            assertThat(record.last()).isEqualTo(3);
                            assertThat(record.count()).isEqualTo(2);
                        }));
        assertThat(world.record(Stream.DATA, "d").seq()).isEqualTo(1);
    }

    @Test
    void aDirectoryThatCannotBeMadeIsSaidToBeUnusableAndNotFull() throws Exception {
        Path file = Files.createFile(dir.resolve("file"));
        try (World other = new World(file.resolve("state"))) {
            assertThat(other.outbox.health())
                    .isInstanceOfSatisfying(
                            OutboxHealth.Degraded.class,
                            health -> assertThat(health.hint()).contains("writable"));
        }
    }

    @Test
    void ofTheDamagedStoresTheOldestGoesWhateverTheWallClockSaid() throws Exception {
        for (int i = 0; i < Limits.DAMAGED_FILES; i++) {
            world.record(Stream.DATA, "row " + i);
            world.outbox.renew("test");
        }
        List<Path> before = Damage.files(world.dir);
        world.wall = Instant.EPOCH;
        world.record(Stream.DATA, "the newest");
        world.outbox.renew("test");
        List<Path> after = Damage.files(world.dir);
        assertThat(after).hasSize(Limits.DAMAGED_FILES).doesNotContain(before.getFirst());
        assertThat(after.subList(0, Limits.DAMAGED_FILES - 1)).isEqualTo(before.subList(1, Limits.DAMAGED_FILES));
    }

    @Test
    void aMissingDatabaseIsNoticed() throws Exception {
        world.append(Stream.DATA, "a");
        world.outbox.close();
        Files.delete(world.dir.resolve(Store.NAME));
        world.reopen();
        assertThat(world.outbox.counters(Stream.DATA)).isEqualTo(new Counters(1, 0, 0, 0, 1, 0));
    }

    @Test
    void rowsThatVanishedWithTheLogAreNoticed() throws Exception {
        world.append(Stream.DATA, "a");
        World before = world.killed(dir.resolve("before"));
        before.close();
        world.append(Stream.DATA, "b");
        world.outbox.close();
        Files.copy(
                before.dir.resolve(Store.NAME),
                world.dir.resolve(Store.NAME),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        world.reopen();
        assertThat(world.outbox.counters(Stream.DATA)).isEqualTo(new Counters(2, 0, 0, 0, 2, 0));
    }

    @Test
    void theFleetCanOrderANewEpoch() {
        world.append(Stream.DATA, "a");
        long epoch = world.outbox.state(Stream.DATA).epoch();
        world.outbox.renew("row data/1 differs");
        assertThat(world.outbox.state(Stream.DATA).epoch()).isNotEqualTo(epoch);
        assertThat(world.outbox.counters(Stream.DATA)).isEqualTo(new Counters(1, 0, 0, 0, 1, 0));
        assertThat(world.outbox.health()).isEqualTo(new OutboxHealth.Healthy());
    }

    private AckResult acknowledge(long epoch, long upTo, ChainHash hash) {
        return world.outbox.acknowledge(new Acknowledge(epoch, Stream.DATA, upTo, hash, 8, 0, 0));
    }

    private void tiny(WhenFull whenFull) {
        world.close();
        world = new World(new OutboxConfig(dir.resolve("tiny"), World.MIB, 256 * 1024, Duration.ofDays(30), whenFull));
    }
}
