package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
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
    void aLongMessageIsCut() {
        faults.record("link", "x".repeat(100_000), null);

        assertThat(faults.latest().getFirst().message()).hasSize(Limits.MAX_MESSAGE + 1);
    }
}
