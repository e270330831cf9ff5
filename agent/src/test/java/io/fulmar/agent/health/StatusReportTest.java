package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.wire.Status;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusReportTest {
    @TempDir
    private Path dir;

    @Test
    void theStatusSaysWhatIsWrongAndTheLastWillOnlyThatTheDeviceIsGone() {
        DeviceClock clock = new DeviceClock(() -> Instant.ofEpochMilli(5), () -> 0, TimeService.below(dir), 1, dir);
        Conditions conditions = new Conditions(clock, () -> 0);
        StoreView view = new StoreView(3, Map.of(), new OutboxHealth.Healthy(), 0, List.of());
        HealthWatch watch = new HealthWatch(clock, conditions, () -> view, new Counters(), List::of, known -> {});
        StatusReport report =
                new StatusReport("test", () -> Instant.ofEpochMilli(5), () -> 7, List::of, 100, () -> view, watch);
        conditions.raise(ConditionName.IDENTITY_TAKEN, "another device is called so");

        assertThat(report.online().health()).isEqualTo(Status.Health.DEGRADED);
        assertThat(report.online().conditions())
                .extracting(Status.Condition::name)
                .containsExactly("identity-taken");
        Status gone = report.offline("connection lost");
        assertThat(gone.online()).isFalse();
        assertThat(gone.reason()).isEqualTo("connection lost");
        assertThat(gone.boot()).isEqualTo(3);
        assertThat(gone.conditions()).isEmpty();
    }
}
