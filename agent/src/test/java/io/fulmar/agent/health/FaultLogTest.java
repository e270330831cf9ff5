package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;

class FaultLogTest {
    private long wallMillis;
    private final FaultLog faults = new FaultLog(() -> Instant.ofEpochMilli(wallMillis));

    @Test
    void aFaultThatRepeatsIsOneEntryWithItsCountAndTimes() {
        for (int i = 0; i < 1000; i++) {
            wallMillis = i;
            faults.record("store", "disk full", "free some space");
        }

        assertThat(faults.latest()).containsExactly(new Fault("store", "disk full", "free some space", 1000, 0, 999));
        assertThat(faults.total()).isEqualTo(1000);
    }

    @Test
    void aFloodOfDistinctFaultsDoesNotGrowTheLog() {
        for (int i = 0; i < 10_000; i++) {
            faults.record("link", "fault " + i, null);
        }

        assertThat(faults.latest()).hasSize(Limits.MAX_FAULTS);
        assertThat(faults.total()).isEqualTo(10_000);
    }

    @Test
    void aNewFaultTakesThePlaceOfTheOneThatWasNotSeenForTheLongestTime() {
        faults.record("store", "again and again", null);
        for (int i = 0; i < 10_000; i++) {
            wallMillis = -i; // the wall clock goes back
            faults.record("link", "fault " + i, null);
            if (i % 50 == 0) {
                faults.record("store", "again and again", null);
            }
        }

        assertThat(faults.latest().getFirst().message()).isEqualTo("fault 9999");
        assertThat(faults.latest()).extracting(Fault::message).contains("again and again", "fault 9960");
        assertThat(faults.latest()).extracting(Fault::message).doesNotContain("fault 9000");
    }

    @Test
    void aFloodOfDistinctFaultsIsLoggedAtABoundedRate() {
        List<String> lines = new ArrayList<>();
        Logger logger = Logger.getLogger("flooded");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord event) {
                lines.add(new SimpleFormatter().formatMessage(event));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        long[] nanos = {0};
        FaultLog flooded = new FaultLog(() -> Instant.EPOCH, () -> nanos[0]);
        for (int i = 0; i < 10_000; i++) {
            flooded.record("flooded", "fault " + i, null);
        }
        nanos[0] = Limits.FAULT_LINE_EVERY.toNanos();
        flooded.record("flooded", "the last", null);
        logger.removeHandler(handler);

        assertThat(lines).hasSize(Limits.FAULT_LINES + 1);
        assertThat(lines.getLast())
                .isEqualTo("the last (" + (10_000 - Limits.FAULT_LINES) + " other faults were not logged)");
    }

    @Test
    void aLongMessageIsCut() {
        faults.record("link", "x".repeat(100_000), null);

        assertThat(faults.latest().getFirst().message()).hasSize(Limits.MAX_MESSAGE + 1);
    }
}
