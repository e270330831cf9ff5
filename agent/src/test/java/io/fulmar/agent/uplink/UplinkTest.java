package io.fulmar.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.world.TestDevice;
import io.fulmar.agent.world.World;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The uplink over a real outbox and an in-memory broker, on the test's clock. */
class UplinkTest {
    private static final UplinkSettings SETTINGS =
            new UplinkSettings(20, 64 * 1024, 4, Duration.ofSeconds(2), Duration.ofSeconds(8), Long.MAX_VALUE);

    private final Path dir;

    UplinkTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void whatIsRecordedArrivesOnceAndInOrderAndIsDeletedThen() {
        try (World world = new World(dir, Faults.none())) {
            for (int i = 0; i < 500; i++) {
                world.device().record(i % 50 == 0 ? Stream.ALARM : Stream.DATA);
            }
            world.runUntilDelivered();

            assertThat(world.device().ledger()).hasSize(500);
            world.assertDeliveredExactlyOnce();
            world.assertNoGaps();
            assertThat(world.fleet().duplicates()).isZero();
            assertThat(world.device().outbox().counters(Stream.DATA).acknowledged())
                    .isEqualTo(490);
        }
    }

    @Test
    void nothingIsDeletedBeforeTheFleetAcknowledged() {
        try (World world = new World(dir, Faults.none())) {
            world.run(Duration.ofSeconds(5));
            world.fleet().silent(true);
            world.device().record(Stream.DATA);
            world.run(Duration.ofSeconds(60));
            assertThat(world.device().buffered()).isEqualTo(1);
            assertThat(world.device().counters().get(Counter.RESENDS)).isPositive();

            world.fleet().silent(false);
            world.runUntilDelivered();
            world.assertDeliveredExactlyOnce();
        }
    }

    @Test
    void resendsBackOffWhileTheFleetIsSilentAndAreOneBatchAtATime() {
        try (World world = new World(dir, Faults.none())) {
            world.run(Duration.ofSeconds(5));
            world.fleet().silent(true);
            for (int i = 0; i < 1000; i++) {
                world.device().record(Stream.DATA);
            }
            world.run(Duration.ofMinutes(10));

            long batches = world.device().counters().get(Counter.BATCHES);
            assertThat(batches).isBetween(60L, 310L);
        }
    }

    @Test
    void anAlarmOvertakesABacklogAndTheBacklogGoesOn() {
        try (World world = new World(dir, Faults.none())) {
            for (int i = 0; i < 2000; i++) {
                world.device().record(Stream.DATA);
            }
            world.runUntil(
                    "some data arrived",
                    Duration.ofSeconds(10),
                    () -> world.fleet().arrivals().size() > 10);
            int before = world.fleet().arrivals().size();
            world.device().record(Stream.ALARM);
            world.runUntil(
                    "the alarm arrived",
                    Duration.ofSeconds(10),
                    () -> world.fleet().arrivals().contains(Stream.ALARM));
            assertThat(world.fleet().arrivals().indexOf(Stream.ALARM) - before).isLessThanOrEqualTo(12);
            assertThat(world.device().buffered()).isPositive();
            world.runUntilDelivered();
            world.assertDeliveredExactlyOnce();
        }
    }

    @Test
    void aBacklogTakesNoMoreOfTheLinkThanItMayAndAnAlarmOvertakesIt() {
        UplinkSettings rationed =
                new UplinkSettings(20, 64 * 1024, 4, Duration.ofSeconds(2), Duration.ofSeconds(8), 500);
        try (World world = new World(dir, Faults.none(), rationed, 64 << 20)) {
            for (int i = 0; i < 2_000; i++) {
                world.device().record(Stream.DATA);
            }
            world.run(Duration.ofMinutes(1));
            Counters counters = world.device().counters();
            long bytes = counters.get(Counter.BATCH_BYTES) + 300 * counters.get(Counter.BATCHES);
            assertThat(world.device().buffered()).isPositive();
            assertThat(bytes).as("of the 30,000 that a minute has").isBetween(27_000L, 31_500L);

            int before = world.fleet().arrivals().size();
            world.device().record(Stream.ALARM);
            world.run(Duration.ofSeconds(1));
            assertThat(world.fleet()
                            .arrivals()
                            .subList(before, world.fleet().arrivals().size()))
                    .contains(Stream.ALARM);

            world.runUntilDelivered();
            world.assertDeliveredExactlyOnce();
        }
    }

    @Test
    void aBacklogOfAlarmsDoesNotStarveTheOtherStreams() {
        try (World world = new World(dir, Faults.none())) {
            world.broker().receiveMaximum(1);
            world.fleet().credit(1);
            for (int i = 0; i < 1000; i++) {
                world.device().record(Stream.ALARM);
                world.device().record(Stream.EVENT);
                world.device().record(Stream.DATA);
            }
            world.runUntil(
                    "twenty batches arrived",
                    Duration.ofSeconds(30),
                    () -> world.fleet().arrivals().size() >= 20);

            assertThat(world.fleet().arrivals()).contains(Stream.ALARM, Stream.EVENT, Stream.DATA);
            long alarms = world.fleet().arrivals().stream()
                    .filter(it -> it == Stream.ALARM)
                    .count();
            assertThat(alarms).isGreaterThan(world.fleet().arrivals().size() / 3);
        }
    }

    @Test
    void theFleetsCreditBoundsWhatIsUnderWay() {
        try (World world = new World(dir, Faults.none())) {
            world.fleet().credit(1);
            world.run(Duration.ofSeconds(5));
            for (int i = 0; i < 500; i++) {
                world.device().record(Stream.DATA);
            }
            world.run(Duration.ofMillis(200));
            world.fleet().silent(true);
            long before = world.device().counters().get(Counter.BATCHES);
            world.run(Duration.ofSeconds(1));

            assertThat(world.device().counters().get(Counter.BATCHES) - before).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aPauseThatTheFleetAsksForIsKept() {
        try (World world = new World(dir, Faults.none())) {
            world.run(Duration.ofSeconds(5));
            world.fleet().retryAfterMillis(5_000);
            for (int i = 0; i < 100; i++) {
                world.device().record(Stream.DATA);
            }
            world.run(Duration.ofSeconds(3));
            long first = world.device().counters().get(Counter.BATCHES);
            assertThat(first).isLessThanOrEqualTo(SETTINGS.window());
            world.fleet().retryAfterMillis(0);
            world.runUntilDelivered();
            world.assertDeliveredExactlyOnce();
        }
    }

    @Test
    void aStreamThatIsToldToWaitAtTheHelloWaitsUntilItsTurnComesWhileTheOthersGoOn() {
        try (World world = new World(dir, Faults.none())) {
            world.fleet().hold(Stream.DATA, Duration.ofMinutes(5));
            for (int i = 0; i < 100; i++) {
                world.device().record(Stream.DATA);
            }
            world.run(Duration.ofSeconds(10));
            world.device().record(Stream.ALARM);
            world.run(Duration.ofSeconds(60));
            assertThat(world.fleet().arrivals()).containsOnly(Stream.ALARM);

            world.fleet().goOn(TestDevice.ID, world.device().epochs().getFirst(), Stream.DATA);
            world.run(Duration.ofSeconds(60));
            world.runUntilDelivered();
            world.assertDeliveredExactlyOnce();
        }
    }

    @Test
    void aStreamWhoseTurnNeverComesGoesOnByItself() {
        try (World world = new World(dir, Faults.none())) {
            world.fleet().hold(Stream.DATA, Duration.ofMinutes(5));
            world.device().record(Stream.DATA);
            world.run(Duration.ofMinutes(4));
            assertThat(world.fleet().arrivals()).isEmpty();
            world.run(Duration.ofMinutes(2));
            world.assertDeliveredExactlyOnce();
            assertThat(world.fleet().arrivals()).containsExactly(Stream.DATA);
        }
    }

    @Test
    void aBatchThatIsTooLargeForTheBrokerIsSentInParts() {
        try (World world = new World(dir, Faults.none())) {
            world.broker().maximumPacketSize(2_000);
            for (int i = 0; i < 40; i++) {
                world.device().record(Stream.DATA, randomText(900, i));
            }
            world.runUntilDelivered();
            world.assertDeliveredExactlyOnce();
            world.assertNoGaps();
        }
    }

    @Test
    void aRowThatNoPacketCanCarryBecomesADeclaredGapAndTheRestGoesOn() {
        try (World world = new World(dir, Faults.none())) {
            world.broker().maximumPacketSize(2_000);
            world.device().record(Stream.DATA);
            world.device().record(Stream.DATA, randomText(6_000, 1));
            world.device().record(Stream.DATA);
            world.runUntilDelivered();

            world.assertDeliveredExactlyOnce();
            long epoch = world.device().epochs().getFirst();
            assertThat(world.fleet().stored(epoch, Stream.DATA).gaps)
                    .singleElement()
                    .satisfies(gap -> assertThat(gap.last()).isEqualTo(2))
                    .satisfies(gap -> assertThat(gap.reason()).isEqualTo(GapReason.TOO_LARGE));
            assertThat(world.device().counters().get(Counter.DEAD_LETTERED)).isEqualTo(1);
            assertThat(world.device().counters().get(Counter.BATCHES)).isLessThan(10);
        }
    }

    @Test
    void aFleetThatWasRestoredFromABackupGetsAGapForWhatTheDeviceHasDeleted() {
        try (World world = new World(dir, Faults.none())) {
            for (int i = 0; i < 10; i++) {
                world.device().record(Stream.DATA);
            }
            world.runUntilDelivered();
            var backup = world.fleet().backup();
            for (int i = 0; i < 10; i++) {
                world.device().record(Stream.DATA);
            }
            world.runUntilDelivered();
            world.fleet().restore(backup);
            world.device().record(Stream.DATA);
            world.runUntilDelivered();

            world.assertDeliveredExactlyOnce();
            long epoch = world.device().epochs().getFirst();
            assertThat(world.fleet().stored(epoch, Stream.DATA).gaps)
                    .singleElement()
                    .satisfies(gap -> assertThat(gap.reason()).isEqualTo(GapReason.FORGOTTEN))
                    .satisfies(gap -> assertThat(gap.last()).isEqualTo(20));
        }
    }

    @Test
    void aFleetThatKnowsOtherRowsMakesTheDeviceBeginANewEpoch() {
        try (World world = new World(dir, Faults.none())) {
            for (int i = 0; i < 10; i++) {
                world.device().record(Stream.DATA);
            }
            world.runUntilDelivered();
            long epoch = world.device().epochs().getFirst();
            world.fleet().forgeTail(epoch, Stream.DATA);
            world.device().record(Stream.DATA);
            world.runUntil(
                    "a new epoch",
                    Duration.ofMinutes(1),
                    () -> world.device().outbox().state(Stream.DATA).epoch() != epoch);
            world.device().record(Stream.DATA);
            world.runUntilDelivered();
            StreamState state = world.device().outbox().state(Stream.DATA);
            assertThat(world.fleet().stored(state.epoch(), Stream.DATA).rows).isNotEmpty();
        }
    }

    @Test
    void aStoreThatEndsBeforeARowOfTheFleetIsAnOldCopyAndBeginsANewEpoch() {
        for (boolean asExpected : List.of(false, true)) {
            Path copy = dir.resolve("asExpected-" + asExpected);
            try (Outbox outbox = open(copy)) {
                Uplink uplink = uplink(outbox);
                outbox.append(List.of(new Draft(Stream.DATA, new byte[] {1}), new Draft(Stream.DATA, new byte[] {2})));
                uplink.connected(1 << 20);
                long epoch = outbox.state(Stream.DATA).epoch();
                ChainHash unknown = new ChainHash(1, 2);

                uplink.received(
                        asExpected
                                ? new Expected(epoch, Stream.DATA, 4, unknown, 8, 0, 0)
                                : new Acknowledge(epoch, Stream.DATA, 3, unknown, 8, 0, 0),
                        0);

                assertThat(outbox.state(Stream.DATA).epoch()).isNotEqualTo(epoch);
                assertThat(outbox.counters(Stream.DATA).quarantined()).isEqualTo(2);
                assertThat(outbox.counters(Stream.EVENT).buffered()).isEqualTo(3);
            }
        }
    }

    @Test
    void anAcknowledgementOfRowsThatWereNeverSentDeletesNothing() {
        try (Outbox outbox = open(dir)) {
            Uplink uplink = uplink(outbox);
            outbox.append(List.of(new Draft(Stream.DATA, new byte[] {1}), new Draft(Stream.DATA, new byte[] {2})));
            uplink.connected(1 << 20);
            StreamState state = outbox.state(Stream.DATA);

            uplink.received(new Acknowledge(state.epoch(), Stream.DATA, 2, state.tailHash(), 8, 0, 0), 0);

            assertThat(outbox.counters(Stream.DATA).buffered()).isEqualTo(2);
        }
    }

    private static Outbox open(Path dir) {
        return Outbox.open(
                new OutboxConfig(dir, 64 << 20, 0, Duration.ofDays(30), WhenFull.EVICT_OLDEST), () -> Instant.EPOCH);
    }

    /** An uplink over a link that takes everything and brings nothing. */
    private static Uplink uplink(Outbox outbox) {
        return new Uplink(
                "d1",
                () -> new Wire(new Topics(Topics.DEFAULT_PREFIX)),
                outbox,
                message -> PublishOutcome.ACCEPTED,
                positions -> new Hello("test", 1, 0, 0, List.of(), List.of(), positions),
                SETTINGS,
                new SplittableRandom(1),
                new Counters(),
                new FaultLog(() -> Instant.EPOCH));
    }

    private static String randomText(int length, long seed) {
        StringBuilder text = new StringBuilder(length);
        new SplittableRandom(seed).ints(length, '!', '~').forEach(it -> text.append((char) it));
        return text.toString();
    }
}
