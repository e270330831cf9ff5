package io.fulmar.agent.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.TestPackages;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.LoopModel;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.pipeline.ScaleModel;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.ModelSource.Found;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.store.Release;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Stamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release beside the one that a real pipeline runs, with the real interpreter. */
class ShadowTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path dir;
    private final Queue<String> crashes = new ConcurrentLinkedQueue<>();
    private final Queue<Prediction> predictions = new ConcurrentLinkedQueue<>();
    private final Runner runner = new Runner((worker, bug) -> crashes.add(worker + ": " + bug));
    private final Pipelines pipelines = new Pipelines(runner, new FaultLog(() -> Instant.EPOCH));

    ShadowTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @AfterEach
    void closed() {
        assertThat(pipelines.stop(PATIENCE)).isTrue();
        pipelines.close();
        assertThat(crashes).isEmpty();
    }

    @Test
    void whatBothSayIsComparedByTheNamesOfTheirClasses() throws IOException {
        DeviceConfig config = running(ScaleModel.bytes(2, 1), "a\nb\n", "3,1\n");

        Shadow other = shadow(config, ScaleModel.bytes(2, -2), List.of("a", "b"));
        Shadow same = shadow(config, ScaleModel.bytes(2, -2), List.of("b", "a"));
        // the pipeline has one tap, and the second has taken it
        await(() -> same.view().numbers().predictions() >= 5);
        Shadow.View view = same.view();
        same.stop();
        assertThat(view.fault()).isNull();
        assertThat(view.numbers().agreement()).isEqualTo(1);
        assertThat(view.difference()).as("-2 for a, not 3").isCloseTo(5, within(1e-6));
        assertThat(view.numbers().memoryBytes()).isGreaterThanOrEqualTo(0);
        assertThat(view.numbers().activeMemoryBytes()).isGreaterThanOrEqualTo(0);
        assertThat(view.numbers().activeP95Micros()).isGreaterThanOrEqualTo(0);

        await(() -> other.view().numbers().predictions() >= 5);
        assertThat(other.view().numbers().agreement()).isZero();
        other.stop();
        changesNothing();
    }

    @Test
    void aSlowOneDelaysNobodyAndWhatItCannotTakeIsCounted() throws IOException {
        DeviceConfig config = running(ScaleModel.bytes(1, 1), "a\n", "-400000\n");
        Shadow shadow = shadow(config, LoopModel.bytes(0), List.of());

        await(() -> shadow.view().dropped() > 10);
        assertThat(shadow.view().numbers().agreement())
                .as("one output is no class")
                .isEqualTo(-1);
        shadow.stop();
        long seen = shadow.view().dropped();
        changesNothing();
        assertThat(shadow.view().dropped()).isEqualTo(seen);
    }

    @Test
    void oneThatDoesNotFitOrGivesNoNumbersSaysSo() throws IOException {
        DeviceConfig config = running(ScaleModel.bytes(2, 1), "a\nb\n", "3,1\n");

        Shadow small = shadow(config, ScaleModel.bytes(3, 1), List.of());
        await(() -> small.view().fault() != null);
        assertThat(small.view().fault()).startsWith("does-not-fit: it takes 3 values");
        small.stop();

        Shadow infinite = shadow(config, ScaleModel.bytes(2, Float.POSITIVE_INFINITY), List.of());
        await(() -> infinite.view().numbers().failures() > 3);
        assertThat(infinite.view().numbers().predictions()).isZero();
        infinite.stop();
        changesNothing();
    }

    private void changesNothing() {
        int now = predictions.size();
        await(() -> predictions.size() > now + 5);
        pipelines.stop(PATIENCE);
        long frame = 0;
        for (Prediction prediction : predictions) {
            assertThat(prediction.frame()).isEqualTo(++frame);
            assertThat(prediction.model().version()).isEqualTo("of-the-file");
        }
        assertThat(pipelines.view().getFirst().failures()).isZero();
    }

    private Shadow shadow(DeviceConfig config, byte[] model, List<String> labels) {
        Found.Stored candidate = new Found.Stored(
                new Release("1.2.0", 2, "0".repeat(64), null, List.of("1".repeat(64))),
                TestPackages.verified("m", 2, model, ModelManifest.Budgets.NONE),
                labels);
        return Shadow.start(
                runner, pipelines, config.models().getFirst(), ModelSource.FILES, candidate, Breadcrumbs.none());
    }

    private DeviceConfig running(byte[] model, String labels, String rows) throws IOException {
        Files.write(dir.resolve("m.tflite"), model);
        Files.writeString(dir.resolve("labels.txt"), labels);
        Files.writeString(dir.resolve("rows.csv"), rows);
        Path file = dir.resolve("device.toml");
        Files.writeString(file, """
                [device]
                id = "d"
                [state]
                dir = "state"
                [[model]]
                name = "m"
                file = "m.tflite"
                version = "of-the-file"
                labels = "labels.txt"
                [[pipeline]]
                name = "p"
                model = "m"
                source = { type = "replay", path = "rows.csv", loop = true, rate = 500 }
                """);
        DeviceConfig config = switch (ConfigLoader.load(ConfigSources.of(file))) {
            case LoadResult.Loaded loaded -> loaded.config();
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
        PipelineContext context = new PipelineContext(
                (stream, row) -> {
                    if (row instanceof Prediction prediction) {
                        predictions.add(prediction);
                    }
                },
                () -> new Stamp(0, 0, 1),
                "test");
        pipelines.put(new PipelineOpener(context, ModelSource.FILES)
                .open(config, config.pipelines().getFirst()));
        pipelines.start();
        return config;
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }
}
