package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Status;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ConditionsTest {
    private long millis = 1_000;
    private long nanos = 7;
    private final Conditions conditions = new Conditions(() -> Instant.ofEpochMilli(millis), () -> nanos);

    @Test
    void whatStaysWrongIsSoSinceItBegan() {
        conditions.raise(ConditionName.DISK_FULL, "no byte left");
        millis = 5_000;
        conditions.raise(ConditionName.DISK_FULL, "still no byte left");

        assertThat(conditions.now())
                .containsExactly(
                        new Status.Condition("disk-full", "still no byte left", ConditionName.DISK_FULL.hint(), 1_000));
    }

    @Test
    void whatIsWellAgainIsNoLongerTold() {
        conditions.raise(ConditionName.DISK_FULL, "no byte left");
        conditions.clear(ConditionName.DISK_FULL);

        assertThat(conditions.now()).isEmpty();
        assertThat(conditions.holds(ConditionName.DISK_FULL)).isFalse();
    }

    @Test
    void twoPipelinesFailAndRecoverEachForItself() {
        conditions.raise(ConditionName.SOURCE_FAILING, "b", "no data from b", "look");
        conditions.raise(ConditionName.SOURCE_FAILING, "a", "no data from a", "look");

        assertThat(conditions.now())
                .extracting(Status.Condition::reason)
                .containsExactly("no data from a", "no data from b");
        conditions.clear(ConditionName.SOURCE_FAILING, "a");
        assertThat(conditions.now()).extracting(Status.Condition::reason).containsExactly("no data from b");
    }

    @Test
    void aCorrectedClockCorrectsSinceWhenSomethingIsWrong() {
        conditions.raise(ConditionName.DISK_FULL, "no byte left");
        millis = 1_795_000_000_000L;
        nanos += 4_000_000_000L;

        conditions.clockCorrected();

        assertThat(conditions.now()).extracting(Status.Condition::sinceMillis).containsExactly(1_794_999_996_000L);
    }

    @Test
    void aFloodOfConditionsIsBounded() {
        for (int i = 0; i < 10_000; i++) {
            conditions.raise(ConditionName.PIPELINE_FAILING, "p" + i, "it fails", "look");
        }

        assertThat(conditions.now()).hasSize(Limits.MAX_CONDITIONS);
    }
}
