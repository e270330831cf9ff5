package io.fulmar.agent.configure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.Examples;
import io.fulmar.agent.TestPackages;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.config.DeviceConfig;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.store.Inbox;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Stamp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The release before the active one returns while frames flow. */
class ModelExchangeTest {
    private static final String NAME = "bearing-condition";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Path dir;
    private final Path state;
    private final Queue<String> crashes = new ConcurrentLinkedQueue<>();
    private final Queue<Prediction> predictions = new ConcurrentLinkedQueue<>();
    private final Conditions conditions = new Conditions(() -> Instant.EPOCH, () -> 0);
    private final Pipelines pipelines = new Pipelines(
            new Runner((worker, bug) -> crashes.add(worker + ": " + bug)), new FaultLog(() -> Instant.EPOCH));
    private final DeviceConfig config = Examples.config("simulated.toml", Map.of("pipeline.0.source.rate", "1000"));

    ModelExchangeTest(@TempDir Path dir) {
        this.dir = dir;
        this.state = dir.resolve("state");
    }

    @AfterEach
    void closed() {
        assertThat(pipelines.stop(LIMIT)).isTrue();
        pipelines.close();
        assertThat(crashes).isEmpty();
    }

    @Test
    void theReleaseBeforeReturnsBetweenTwoFramesAndIsActiveAfterTheNextStart() throws IOException {
        install(1);
        install(2);
        try (StoredModels models = start()) {
            awaitPredictions(10);
            assertThat(new ModelExchange(models, pipelines).giveBack(config, NAME))
                    .isInstanceOfSatisfying(
                            CommandOutcome.Done.class,
                            done -> assertThat(done.result())
                                    .contains("\"release\":1", "\"pipelines\":[\"vibration\"]"));
            awaitPredictions(predictions.size() + 10);
            pipelines.stop(LIMIT);
        }
        List<Prediction> all = new ArrayList<>(predictions);
        for (int i = 0; i < all.size(); i++) {
            assertThat(all.get(i).frame()).isEqualTo(all.getFirst().frame() + i);
        }
        assertThat(all.stream().map(it -> it.model().version()).distinct()).containsExactly("1.2.0", "1.1.0");
        try (StoredModels models = models()) {
            assertThat(models.reported())
                    .singleElement()
                    .satisfies(it -> assertThat(it.release()).isEqualTo(1));
        }
    }

    @Test
    void withoutAReleaseBeforeNothingChanges() throws IOException {
        install(1);
        try (StoredModels models = start()) {
            assertThat(new ModelExchange(models, pipelines).giveBack(config, NAME))
                    .isInstanceOfSatisfying(
                            CommandOutcome.Refused.class,
                            refused -> assertThat(refused.reason()).contains("no release before"));
            awaitPredictions(predictions.size() + 10);
        }
    }

    private StoredModels start() {
        StoredModels models = models();
        PipelineContext context = new PipelineContext(
                (stream, row) -> {
                    if (row instanceof Prediction prediction) {
                        predictions.add(prediction);
                    }
                },
                () -> new Stamp(0, 0, 1),
                "test");
        pipelines.put(new PipelineOpener(context, models)
                .open(config, config.pipelines().getFirst()));
        pipelines.start();
        return models;
    }

    private StoredModels models() {
        return StoredModels.open(state, null, null, "0.1.0", () -> 0, conditions, (name, text) -> {});
    }

    /** Each is installed by a start of its own. */
    private void install(int release) throws IOException {
        Path folder = TestPackages.write(dir.resolve("package-" + release), NAME, release, 1, null, NAME);
        new Inbox(state.resolve("models")).put(PackageReader.open(folder));
        models().close();
    }

    private void awaitPredictions(int count) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (predictions.size() < count) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            Thread.onSpinWait();
        }
    }
}
