package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.Examples;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.config.DeviceConfig;
import io.fulmar.sync.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real pipelines on real threads. */
class PipelinesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final Pipelines pipelines = new Pipelines(
            new Runner((worker, bug) -> crashes.add(worker + ": " + bug)), new FaultLog(() -> Instant.EPOCH));

    @AfterEach
    void closed() {
        assertThat(pipelines.stop(PATIENCE)).isTrue();
        pipelines.close();
        assertThat(crashes).isEmpty();
    }

    @Test
    void onePipelineIsExchangedWhileItsNeighbourGoesOn() {
        pipelines.put(open("a"));
        pipelines.put(open("b"));
        pipelines.start();
        await(() -> frames("a") > 10 && frames("b") > 10);
        Thread before = thread("b");
        long done = frames("a");

        pipelines.put(open("a"));

        assertThat(frames("a")).as("the sum goes on").isGreaterThanOrEqualTo(done);
        await(() -> frames("a") > done + 10);
        assertThat(thread("b")).isSameAs(before);
        assertThat(pipelines.names()).containsExactly("a", "b");
    }

    @Test
    void onePipelineThatHangsDelaysNoOther() throws InterruptedException {
        pipelines.put(open("slow"));
        pipelines.put(open("fast"));
        pipelines.start();
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch letGo = new CountDownLatch(1);
        Thread asking = Thread.ofPlatform()
                .start(() -> pipelines.ask(
                        "slow",
                        pipeline -> {
                            hangs.countDown();
                            return ended(letGo);
                        },
                        PATIENCE));
        assertThat(hangs.await(60, TimeUnit.SECONDS)).isTrue();
        long slow = frames("slow");
        long fast = frames("fast");

        await(() -> frames("fast") > fast + 100);

        assertThat(frames("slow")).as("it hung all the while").isEqualTo(slow);
        letGo.countDown();
        await(() -> frames("slow") > slow);
        asking.join();
    }

    private static boolean ended(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    @Test
    void aPausedPipelineRestsUntilItIsResumed() {
        pipelines.put(open("a"));
        pipelines.start();
        await(() -> frames("a") > 10);

        assertThat(pipelines.pause("a")).isTrue();
        pipelines.put(open("a"));
        long rests = frames("a");
        assertThat(pipelines.view().getFirst().paused())
                .as("also after an exchange")
                .isTrue();
        assertThat(pipelines.resume("a")).isTrue();

        await(() -> frames("a") > rests + 10);
        assertThat(pipelines.pause("nobody")).isFalse();
    }

    @Test
    void aPausedWorkerTakesNoFrame() {
        try (PipelineWorker worker = open("a")) {
            worker.pause(true);
            assertThat(worker.work(0)).isZero();
            assertThat(worker.idleNanos(0)).isPositive();
            worker.pause(false);
            assertThat(worker.work(0)).isEqualTo(1);
        }
    }

    @Test
    void aRemovedPipelineIsGoneWithItsThread() {
        pipelines.put(open("gone"));
        pipelines.start();
        Thread thread = thread("gone");

        assertThat(pipelines.remove("gone")).isTrue();
        assertThat(pipelines.remove("gone")).isFalse();

        assertThat(thread.isAlive()).isFalse();
        assertThat(pipelines.names()).isEmpty();
    }

    private long frames(String name) {
        return pipelines.view().stream()
                .filter(view -> view.name().equals(name))
                .mapToLong(view -> view.predictions() + view.failures())
                .sum();
    }

    private static Thread thread(String pipeline) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(it -> it.getName().equals("fulmar-pipeline-" + pipeline))
                .findFirst()
                .orElseThrow();
    }

    private static PipelineWorker open(String name) {
        DeviceConfig config =
                Examples.config("simulated.toml", Map.of("pipeline.0.name", name, "pipeline.0.source.rate", "200"));
        PipelineContext context = new PipelineContext((stream, row) -> {}, () -> new Stamp(0, 0, 1), "test");
        return new PipelineOpener(context, ModelSource.FILES)
                .open(config, config.pipelines().getFirst());
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
    }
}
