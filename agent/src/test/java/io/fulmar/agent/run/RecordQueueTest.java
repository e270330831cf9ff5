package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.config.OutboxSettings.ByStream;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecordQueueTest {
    private long now;
    private final Counters counters = new Counters();
    private final RecordQueue queue = new RecordQueue(
            new ByStream(Duration.ZERO, Duration.ofMillis(100), Duration.ofSeconds(1)),
            counters,
            new Doorbell(),
            () -> now);

    private void record(Stream stream, int bytes) {
        queue.record(stream, new DeviceEvent(new Stamp(0, 0, 0), "test", "x".repeat(bytes)));
    }

    @Test
    void dataWaitsForItsCommitIntervalFromTheOldestRecord() {
        record(Stream.DATA, 1);
        now += Duration.ofMillis(400).toNanos();
        record(Stream.DATA, 1);

        assertThat(queue.nanosUntilDue(now)).isEqualTo(Duration.ofMillis(600).toNanos());
    }

    @Test
    void anAlarmIsDueAtOnceAndTakesAllThatWaitsWithIt() {
        record(Stream.DATA, 1);
        record(Stream.ALARM, 1);

        assertThat(queue.nanosUntilDue(now)).isZero();
        assertThat(queue.drain(100)).extracting(Draft::stream).containsExactly(Stream.ALARM, Stream.DATA);
        assertThat(queue.nanosUntilDue(now)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aFullQueueRefusesAndCountsButKeepsRoomForAlarms() {
        for (int i = 0; i < Limits.QUEUE_RECORDS + 7; i++) {
            record(Stream.DATA, 1);
        }
        record(Stream.ALARM, 1);

        assertThat(counters.get(Counter.REFUSED_QUEUE_FULL)).isEqualTo(7);
        assertThat(queue.drain(Integer.MAX_VALUE)).hasSize(Limits.QUEUE_RECORDS + 1);
    }

    @Test
    void theQueueIsBoundedInBytesAsWell() {
        int size = 50_000;
        long fit = Limits.QUEUE_BYTES / (size + 100);
        for (int i = 0; i < 200; i++) {
            record(Stream.DATA, size);
        }

        assertThat((long) queue.drain(Integer.MAX_VALUE).size()).isBetween(fit - 2, fit + 2);
        assertThat(counters.get(Counter.REFUSED_QUEUE_FULL)).isGreaterThan(100);
    }

    @Test
    void aHalfFullQueueDoesNotWaitForTheInterval() {
        for (int i = 0; i < Limits.QUEUE_RECORDS / 2; i++) {
            record(Stream.DATA, 1);
        }

        assertThat(queue.nanosUntilDue(now)).isZero();
    }
}
