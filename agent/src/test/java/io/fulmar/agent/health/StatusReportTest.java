package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.wire.Status;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusReportTest {
    private final Counters counters = new Counters();
    private final TestPipeline pipeline = new TestPipeline();
    private StoreView view = new StoreView(3, Map.of(), new OutboxHealth.Healthy(), 0);
    private final Conditions conditions = new Conditions(() -> Instant.ofEpochMilli(5), () -> 0);
    private final StatusReport report = new StatusReport(
            "test",
            () -> Instant.ofEpochMilli(5),
            () -> 7,
            List::of,
            100,
            () -> view,
            counters,
            conditions,
            () -> List.of(pipeline));

    private static final class TestPipeline implements StatusReport.PipelineView {
        private long predictions;
        private long failures;

        @Override
        public String name() {
            return "p";
        }

        @Override
        public long predictions() {
            return predictions;
        }

        @Override
        public long failures() {
            return failures;
        }
    }

    @Test
    void aDeviceThatWorksIsHealthy() {
        pipeline.predictions = 10;

        assertThat(report.online().health()).isEqualTo(Status.Health.HEALTHY);
        assertThat(report.online().conditions()).isEmpty();
    }

    @Test
    void aDegradedStoreIsSaidWithItsHint() {
        view = new StoreView(3, Map.of(), new OutboxHealth.Degraded("the disk is full", "make space"), 1);

        assertThat(report.online().health()).isEqualTo(Status.Health.DEGRADED);
        assertThat(report.online().conditions())
                .containsExactly(new Status.Condition("store-failed", "the disk is full", "make space", 5));
    }

    @Test
    void refusedRecordsAreAFaultOnlyWhileTheyHappen() {
        counters.count(Counter.REFUSED_QUEUE_FULL);

        assertThat(report.online().conditions())
                .extracting(Status.Condition::name)
                .containsExactly("records-refused");
        assertThat(report.online().conditions()).isEmpty();
    }

    @Test
    void aDeviceWhosePipelinesOnlyFailHasFailed() {
        pipeline.predictions = 5;
        report.online();
        pipeline.failures = 1;

        assertThat(report.online().health()).isEqualTo(Status.Health.FAILED);
    }

    @Test
    void theLastWillSaysOffline() {
        Status status = report.offline("connection lost");

        assertThat(status.online()).isFalse();
        assertThat(status.reason()).isEqualTo("connection lost");
        assertThat(status.boot()).isEqualTo(3);
    }
}
