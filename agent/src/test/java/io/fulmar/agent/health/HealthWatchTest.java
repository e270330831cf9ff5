package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.drift.DriftView;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.outbox.OutboxHealth.Kind;
import io.fulmar.sync.wire.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthWatchTest {
    private static final long BUILT = 1_790_000_000_000L;

    @TempDir
    private Path dir;

    private final Counters counters = new Counters();
    private final TestPipeline pipeline = new TestPipeline();
    private StoreView view = new StoreView(3, Map.of(), new OutboxHealth.Healthy(), 0, List.of());
    private long nanos;
    private HealthWatch watch;

    @BeforeEach
    void open() {
        DeviceClock clock = new DeviceClock(
                () -> Instant.ofEpochMilli(BUILT + 5 + nanos / 1_000_000),
                () -> nanos,
                TimeService.below(dir.resolve("none")),
                BUILT,
                dir);
        Conditions conditions = new Conditions(clock, () -> nanos);
        watch = new HealthWatch(clock, conditions, () -> view, counters, () -> List.of(pipeline), known -> {});
    }

    private static final class TestPipeline implements HealthWatch.PipelineView {
        private long predictions;
        private long failures;
        private long sourceFailures;
        private boolean stale;
        private String delegateTrouble = "";
        private String stuck = "";
        private DriftView drift = DriftView.OFF;

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

        @Override
        public long sourceFailures() {
            return sourceFailures;
        }

        @Override
        public boolean sourceStale() {
            return stale;
        }

        @Override
        public String lastFailure() {
            return "it broke";
        }

        @Override
        public String delegateTrouble() {
            return delegateTrouble;
        }

        @Override
        public String stuck() {
            return stuck;
        }

        @Override
        public DriftView drift() {
            return drift;
        }
    }

    @Test
    void aSourceThatIsSilentTooLongIsSaidOnce() {
        pipeline.stale = true;
        pipeline.failures++;
        pipeline.sourceFailures++;
        look();
        assertThat(names()).containsExactly("source-stale");
        assertThat(watch.health()).isEqualTo(Status.Health.FAILED);

        pipeline.stale = false;
        pipeline.predictions++;
        look();
        assertThat(names()).isEmpty();
        assertThat(watch.health()).isEqualTo(Status.Health.HEALTHY);
    }

    @Test
    void aPipelineThatIsStuckBringsNothingUntilItGoesOn() {
        pipeline.predictions = 10;
        pipeline.stuck = "it has been stuck in model m 1.0.0 for more than 5 s";
        look();
        assertThat(watch.conditions()).singleElement().satisfies(wrong -> {
            assertThat(wrong.name()).isEqualTo("pipeline-stuck");
            assertThat(wrong.reason()).isEqualTo("pipeline p: it has been stuck in model m 1.0.0 for more than 5 s");
            assertThat(wrong.hint()).contains("Restart the agent");
        });
        assertThat(watch.health()).isEqualTo(Status.Health.FAILED);

        pipeline.stuck = "";
        look();
        assertThat(names()).isEmpty();
        assertThat(watch.health()).isEqualTo(Status.Health.HEALTHY);
    }

    private void look() {
        nanos += Duration.ofSeconds(1).toNanos();
        watch.look(nanos);
    }

    private List<String> names() {
        return watch.conditions().stream().map(Status.Condition::name).toList();
    }

    @Test
    void aDeviceThatWorksIsHealthy() {
        pipeline.predictions = 10;
        look();

        assertThat(watch.health()).isEqualTo(Status.Health.HEALTHY);
        assertThat(watch.conditions()).isEmpty();
    }

    @Test
    void driftIsToldUntilItIsOver() {
        pipeline.predictions = 10;
        pipeline.drift = new DriftView(DriftView.Doing.DRIFTING, 10, 0, "input 0 PSI 3.10 KS 0.90", List.of());
        look();
        assertThat(names()).containsExactly("drift");
        assertThat(watch.conditions().getFirst().reason()).isEqualTo("pipeline p: input 0 PSI 3.10 KS 0.90");

        pipeline.drift = new DriftView(DriftView.Doing.WATCHING, 20, 0, "", List.of());
        look();
        assertThat(names()).isEmpty();
    }

    @Test
    void whatIsWrongWithTheStoreIsToldByItsNameUntilItIsWellAgain() {
        Map<Kind, String> names =
                Map.of(Kind.DISK_FULL, "disk-full", Kind.READ_ONLY, "disk-read-only", Kind.FAILED, "store-failed");
        names.forEach((kind, name) -> {
            store(new OutboxHealth.Degraded(kind, "no good", "do it"));
            assertThat(watch.conditions()).singleElement().satisfies(wrong -> {
                assertThat(wrong.name()).isEqualTo(name);
                assertThat(wrong.reason()).isEqualTo("no good");
                assertThat(wrong.hint()).isEqualTo("do it");
            });
            assertThat(watch.health()).isEqualTo(Status.Health.DEGRADED);
        });
        store(new OutboxHealth.Healthy());
        assertThat(watch.conditions()).isEmpty();
    }

    private void store(OutboxHealth health) {
        view = new StoreView(3, Map.of(), health, 1, List.of());
        look();
    }

    @Test
    void aDamagedStoreIsToldAsLongAsItsFileLiesThere() {
        view = new StoreView(3, Map.of(), new OutboxHealth.Healthy(), 1, List.of("outbox-damaged-7.db"));
        look();
        assertThat(names()).containsExactly("store-quarantined");
        assertThat(watch.conditions().getFirst().reason()).contains("outbox-damaged-7.db");

        store(new OutboxHealth.Healthy());
        assertThat(names()).isEmpty();
    }

    @Test
    void refusedRecordsAreToldWhileTheyHappenAndALittleLonger() {
        counters.count(Counter.REFUSED_QUEUE_FULL);
        look();
        assertThat(names()).containsExactly("records-refused");
        for (int i = 0; i < 5; i++) {
            look();
        }
        assertThat(names()).as("it may come again").containsExactly("records-refused");
        for (int i = 0; i < 10; i++) {
            look();
        }
        assertThat(names()).isEmpty();
    }

    @Test
    void refusedCommandsAreToldWhileTheyComeAndALittleLonger() {
        counters.count(Counter.COMMANDS_REFUSED_UNAUTHORISED);
        look();
        assertThat(watch.conditions()).singleElement().satisfies(wrong -> {
            assertThat(wrong.name()).isEqualTo("commands-refused");
            assertThat(wrong.reason()).isEqualTo("no operator has signed them");
        });
        for (int i = 0; i < 15; i++) {
            look();
        }
        assertThat(names()).isEmpty();
    }

    @Test
    void aDeviceWhosePipelinesOnlyFailHasFailedUntilOneBringsSomething() {
        pipeline.predictions = 5;
        look();
        pipeline.failures = 1;
        look();
        assertThat(watch.health()).isEqualTo(Status.Health.FAILED);
        assertThat(names()).containsExactly("pipeline-failing");
        for (int i = 0; i < 100; i++) {
            look();
        }
        assertThat(watch.health()).as("a slow pipeline has not tried again yet").isEqualTo(Status.Health.FAILED);

        pipeline.predictions++;
        look();
        assertThat(watch.health()).isEqualTo(Status.Health.HEALTHY);
    }

    @Test
    void aSourceThatGivesNothingIsToldApartFromAStageThatFails() {
        pipeline.failures = 3;
        pipeline.sourceFailures = 3;
        look();
        assertThat(names()).containsExactly("source-failing");
        assertThat(watch.conditions().getFirst().reason()).isEqualTo("pipeline p: it broke");

        pipeline.predictions++;
        look();
        assertThat(names()).isEmpty();
    }

    @Test
    void oneBadFrameAmongGoodOnesIsNoCondition() {
        pipeline.predictions = 20;
        pipeline.failures = 1;
        pipeline.sourceFailures = 1;
        look();

        assertThat(names()).isEmpty();
    }

    @Test
    void aCertificateThatIsNotValidByThisClockDoubtsTheClockUntilAConnectionIsUp() {
        watch.disconnected(new LinkEvent.Disconnected(
                LinkEvent.Kind.TLS, "it is not valid before 2027; this machine's clock says 1970", "set the clock"));
        look();
        assertThat(watch.conditions()).singleElement().satisfies(wrong -> {
            assertThat(wrong.name()).isEqualTo("clock-unsynchronised");
            assertThat(wrong.hint()).isEqualTo("set the clock");
        });
        watch.disconnected(new LinkEvent.Disconnected(LinkEvent.Kind.NETWORK, "no answer", "look"));
        look();
        assertThat(names()).containsExactly("clock-unsynchronised");
        watch.connected(nanos);
        look();
        assertThat(names()).isEmpty();
    }

    @Test
    void aModelWithoutItsDelegateIsTold() {
        pipeline.delegateTrouble = "the delegate cannot run model m";
        look();

        assertThat(names()).containsExactly("delegate-missing");
    }
}
