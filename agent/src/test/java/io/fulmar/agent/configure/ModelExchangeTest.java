package io.fulmar.agent.configure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.Examples;
import io.fulmar.agent.TestPackages;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.pipeline.LoopModel;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.ModelSource.Found;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.store.Attempt;
import io.fulmar.model.store.ModelStore;
import io.fulmar.model.store.Release;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Stamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
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
    private Duration patience = LIMIT;
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
            assertThat(exchange(models).giveBack(config, models, NAME, 0))
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
            assertThat(models.activation(NAME).active())
                    .satisfies(it -> assertThat(it.number()).isEqualTo(1));
        }
    }

    @Test
    void whatIsOnTrialIsTakenBackAndRemembered() throws IOException {
        install(1);
        install(2);
        try (ModelStore store = ModelStore.open(state.resolve("models"))) {
            Release second = Objects.requireNonNull(store.activation(NAME).active());
            store.giveBack(NAME, 0, "taken-back");
            store.begin(NAME, second, 0, 5, 0);
            store.step(NAME, Attempt.Step.TRIAL);
        }
        try (StoredModels models = start()) {
            awaitPredictions(10);
            assertThat(pipelines.models().getFirst().version()).isEqualTo("1.2.0");
            assertThat(exchange(models).giveBack(config, models, NAME, 0))
                    .isInstanceOfSatisfying(
                            CommandOutcome.Done.class,
                            done -> assertThat(done.result()).contains("\"takenBack\":2", "\"release\":1"));
            assertThat(pipelines.models().getFirst().version()).isEqualTo("1.1.0");
            assertThat(models.activation(NAME).attempt()).isNull();
            assertThat(models.activation(NAME).failed())
                    .singleElement()
                    .satisfies(it -> assertThat(it.tried()).isTrue());
            awaitPredictions(predictions.size() + 10);
        }
    }

    @Test
    void withoutAReleaseBeforeNothingChanges() throws IOException {
        install(1);
        try (StoredModels models = start()) {
            assertThat(exchange(models).giveBack(config, models, NAME, 0))
                    .isInstanceOfSatisfying(
                            CommandOutcome.Refused.class,
                            refused -> assertThat(refused.reason()).contains("no release before"));
            awaitPredictions(predictions.size() + 10);
        }
    }

    @Test
    void aModelRestsAndReturnsWithTheNextFrameOfTheSameSource() throws IOException {
        install(1);
        try (StoredModels models = start()) {
            awaitPredictions(10);
            assertThat(exchange(models).rest(config, NAME)).isInstanceOf(Exchanged.Done.class);
            int rests = predictions.size();
            assertThat(pipelines.models()).isEmpty();
            assertThat(pipelines.reported())
                    .singleElement()
                    .satisfies(it -> assertThat(it.model()).isNull());
            assertThat(exchange(models).rest(config, NAME)).isInstanceOf(Exchanged.Done.class);

            assertThat(exchange(models).to(config, NAME, models.find(NAME)))
                    .isInstanceOfSatisfying(
                            Exchanged.Done.class,
                            done -> assertThat(done.framesDropped()).isZero());
            awaitPredictions(rests + 10);
            assertNoHole();
        }
    }

    @Test
    void withNothingToRunThePipelineIsClosedAndItIsOpenedWhenThereIsSomething() throws IOException {
        install(1);
        try (StoredModels models = start()) {
            Found.Nothing nothing = new Found.Nothing("the release was withdrawn", "install another one");
            assertThat(exchange(models).to(config, NAME, nothing)).isInstanceOf(Exchanged.Done.class);
            assertThat(pipelines.names()).isEmpty();
            assertThat(conditions.now()).singleElement().satisfies(it -> {
                assertThat(it.name()).isEqualTo("model-missing");
                assertThat(it.reason()).contains("the release was withdrawn");
            });

            assertThat(exchange(models).to(config, NAME, new Found.InFile())).isInstanceOf(Exchanged.Done.class);
            assertThat(conditions.now()).isEmpty();
            awaitPredictions(predictions.size() + 10);
            assertThat(pipelines.models().getFirst().version())
                    .isEqualTo(config.models().getFirst().version());
        }
    }

    @Test
    void ofTwoPipelinesNeitherRunsWhatOneOfThemCannot() throws IOException {
        DeviceConfig two = config("""
                [[pipeline]]
                name = "fits"
                model = "loop"
                source = { type = "replay", path = "ones.csv", loop = true, rate = 100 }
                [[pipeline]]
                name = "does-not"
                model = "loop"
                source = { type = "replay", path = "ones.csv", loop = true, rate = 100 }
                postprocess = [{ type = "label" }]
                """);
        PipelineOpener opener = opener(ModelSource.FILES);
        two.pipelines().forEach(it -> pipelines.put(opener.open(two, it)));
        pipelines.start();
        awaitPredictions(10);

        Exchanged exchanged = exchange(ModelSource.FILES).to(two, "loop", loop(1, List.of("one", "two")));

        assertThat(exchanged)
                .isInstanceOfSatisfying(
                        Exchanged.Refused.class,
                        refused -> assertThat(refused.reason())
                                .contains("pipeline does-not")
                                .doesNotContain("until it is exchanged again"));
        assertThat(pipelines.models())
                .singleElement()
                .satisfies(it -> assertThat(it.version()).isEqualTo("of-the-file"));
        awaitPredictions(predictions.size() + 10);
    }

    @Test
    void aPipelineWhoseModelDoesNotComeBackIsLeftBehindAndAnotherTakesItsPlace() throws IOException {
        patience = Duration.ofMillis(500);
        DeviceConfig hanging = config("""
                [[pipeline]]
                name = "hangs"
                model = "loop"
                source = { type = "replay", path = "long.csv", loop = true, rate = 100 }
                """);
        pipelines.put(
                opener(ModelSource.FILES).open(hanging, hanging.pipelines().getFirst()));
        pipelines.start();
        awaitTrue(() -> pipelines.hangs("hangs", Duration.ofMillis(1)));

        assertThat(exchange(ModelSource.FILES).to(hanging, "loop", loop(LoopModel.SECONDS, List.of("one"))))
                .isInstanceOf(Exchanged.Done.class);

        awaitPredictions(10);
        assertThat(pipelines.view().getFirst().model().version()).isEqualTo("1.2.0");
        assertThat(pipelines.view()).hasSize(1);
    }

    private DeviceConfig config(String pipelinesText) throws IOException {
        Files.write(dir.resolve("loop.tflite"), LoopModel.bytes(0));
        Files.writeString(dir.resolve("labels.txt"), "one\n");
        Files.writeString(dir.resolve("ones.csv"), "1\n1\n");
        Files.writeString(dir.resolve("long.csv"), LoopModel.SECONDS + "\n");
        Path file = dir.resolve("device.toml");
        Files.writeString(file, """
                [device]
                id = "d"
                [state]
                dir = "state"
                [[model]]
                name = "loop"
                file = "loop.tflite"
                version = "of-the-file"
                labels = "labels.txt"
                """ + pipelinesText);
        return switch (ConfigLoader.load(ConfigSources.of(file))) {
            case LoadResult.Loaded loaded -> loaded.config();
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    /** A release of the loop that begins at another number. */
    private static Found.Stored loop(float start, List<String> labels) {
        return new Found.Stored(
                new Release("1.2.0", 2, "0".repeat(64), null, List.of("1".repeat(64))),
                TestPackages.verified("loop", 2, LoopModel.bytes(start), ModelManifest.Budgets.NONE),
                labels);
    }

    private void assertNoHole() {
        pipelines.stop(LIMIT);
        List<Prediction> all = new ArrayList<>(predictions);
        for (int i = 0; i < all.size(); i++) {
            assertThat(all.get(i).frame()).isEqualTo(all.getFirst().frame() + i);
        }
    }

    private StoredModels start() {
        StoredModels models = models();
        pipelines.put(opener(models).open(config, config.pipelines().getFirst()));
        pipelines.start();
        return models;
    }

    private PipelineOpener opener(ModelSource models) {
        PipelineContext context = new PipelineContext(
                (stream, row) -> {
                    if (row instanceof Prediction prediction) {
                        predictions.add(prediction);
                    }
                },
                () -> new Stamp(0, 0, 1),
                "test");
        return new PipelineOpener(context, models);
    }

    private ModelExchange exchange(ModelSource models) {
        return new ModelExchange(pipelines, () -> opener(models), conditions, patience);
    }

    private StoredModels models() {
        return StoredModels.open(state, null, null, "0.1.0", () -> 0, conditions, (name, text) -> {});
    }

    private void install(int release) throws IOException {
        Path folder = TestPackages.write(dir.resolve("package-" + release), NAME, release, 1, null, NAME);
        TestPackages.activate(folder, state);
    }

    private void awaitPredictions(int count) {
        awaitTrue(() -> predictions.size() >= count);
    }

    private static void awaitTrue(BooleanSupplier condition) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }
}
