package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.config.OutboxSettings.ByStream;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreWorkerTest {
    @TempDir
    private Path dir;

    private long nanos;

    private Outbox open(Path state) {
        return Outbox.open(
                new OutboxConfig(state, 4 << 20, 0, Duration.ofDays(1), WhenFull.EVICT_OLDEST),
                () -> Instant.EPOCH,
                () -> nanos);
    }

    @Test
    void recordsThatAnUnusableStoreThrowsAwayAreCounted() throws IOException {
        Path notYet = Files.createFile(dir.resolve("notYet"));
        Counters counters = new Counters();
        FaultLog faults = new FaultLog(() -> Instant.EPOCH);
        Doorbell doorbell = new Doorbell();
        var now = new ByStream(Duration.ZERO, Duration.ZERO, Duration.ZERO);
        RecordQueue queue = new RecordQueue(now, counters, doorbell, () -> nanos);
        Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
        try (Outbox outbox = open(notYet.resolve("state"))) {
            Uplink uplink = new Uplink(
                    "d",
                    () -> wire,
                    outbox,
                    message -> PublishOutcome.OFFLINE,
                    positions -> new Hello("test", 1, 0, 0, List.of(), List.of(), positions),
                    UplinkSettings.of(10, Duration.ofSeconds(1), null),
                    new SplittableRandom(1),
                    counters,
                    faults);
            StoreWorker worker = new StoreWorker(
                    outbox,
                    queue,
                    new FleetInbox(counters, doorbell),
                    new StoreErrands(doorbell),
                    uplink,
                    ReceiptListener.NONE,
                    () -> Instant.EPOCH,
                    counters,
                    faults,
                    view -> {});
            Files.delete(notYet);
            try (Outbox another = open(notYet.resolve("state"))) {
                assertThat(another.boot()).isEqualTo(1);
                nanos += Duration.ofSeconds(5).toNanos();
                for (int i = 0; i < 7; i++) {
                    queue.record(Stream.DATA, new DeviceEvent(new Stamp(0, 0, 0), "test", "row " + i));
                }
                worker.work(nanos);
            }
            assertThat(faults.latest().getFirst().message()).contains("another agent");
            assertThat(counters.get(Counter.REFUSED_STORE)).isEqualTo(7);
        }
    }
}
