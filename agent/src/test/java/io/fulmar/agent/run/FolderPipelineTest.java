package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.Examples;
import io.fulmar.agent.Golden;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Stamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a file in a folder to a recorded prediction, with a real model and the test's own time. */
class FolderPipelineTest {
    private final Path in;
    private final List<DeviceRecord> recorded = new ArrayList<>();
    private long now;

    FolderPipelineTest(@TempDir Path dir) {
        in = dir.resolve("in");
    }

    @Test
    void eachRowThatIsPutIntoTheFolderIsJudgedAndThenItsFileIsGone() throws IOException {
        Files.createDirectories(in);
        try (PipelineWorker worker = openRows()) {
            look(worker);
            assertThat(worker.counters().predictions()).isZero();

            Files.writeString(in.resolve("good.csv"), row(256) + row(256));
            Files.writeString(in.resolve("short.csv"), row(255));
            look(worker);
            look(worker);

            assertThat(worker.counters().predictions()).isEqualTo(2);
            assertThat(worker.counters().sourceFailures()).isEqualTo(1);
            assertThat(worker.counters().source().refused()).isEqualTo(1);
            assertThat(worker.counters().lastFailure())
                    .isEqualTo("source: short.csv line 1 has 255 values, expected 256");
        }
        try (Stream<Path> files = Files.list(in)) {
            assertThat(files.map(it -> String.valueOf(it.getFileName()))).containsExactly("bad");
        }
        assertThat(recorded).as("two predictions and a failure").hasSize(3);
    }

    @Test
    void picturesThatAreDroppedIntoTheFolderAreNamedAndADamagedOneIsSetAside() throws IOException {
        Files.createDirectories(in);
        Path parrot = Golden.shared("image/parrot.jpg");
        try (PipelineWorker worker = open(
                Golden.shared("image/mobilenet_v1_0.25_128_quant.tflite"),
                Golden.shared("image/imagenet_labels.txt"),
                """
                source = { type = "folder", path = "in", format = "image", then = "move" }
                [[pipeline.preprocess]]
                type = "decode-image"
                [[pipeline.preprocess]]
                type = "resize"
                width = 128
                height = 128
                [[pipeline.preprocess]]
                type = "pixels"
                raw = true
                [[pipeline.postprocess]]
                type = "top-k"
                k = 3
                """)) {
            look(worker);
            put("cat.bmp", Files.readAllBytes(Golden.shared("image/cat.bmp")), 1);
            put("half.jpg", Arrays.copyOf(Files.readAllBytes(parrot), 2_000), 2);
            put("parrot.jpg", Files.readAllBytes(parrot), 3);
            look(worker);
            look(worker);

            assertThat(worker.counters().source().refused()).isEqualTo(1);
        }
        List<Prediction> predictions = recorded.stream()
                .filter(Prediction.class::isInstance)
                .map(Prediction.class::cast)
                .toList();
        assertThat(predictions).extracting(Prediction::frame).containsExactly(1L, 3L);
        assertThat(predictions.getFirst().top()).as("a tiger cat").anySatisfy(score -> {
            assertThat(score.index()).isEqualTo(283);
            assertThat(score.score()).isGreaterThanOrEqualTo(0.25f);
        });
        assertThat(predictions.getLast().top().getFirst().index()).as("a macaw").isEqualTo(89);
        assertThat(in.resolve("bad/half.jpg")).exists();
        assertThat(in.resolve("done/cat.bmp")).exists();
        assertThat(in.resolve("done/parrot.jpg")).exists();
    }

    private void put(String name, byte[] bytes, int second) throws IOException {
        Files.setLastModifiedTime(Files.write(in.resolve(name), bytes), FileTime.fromMillis(1_000L * second));
    }

    private static String row(int values) {
        return IntStream.range(0, values)
                        .mapToObj(i -> Double.toString(Math.sin(i)))
                        .collect(Collectors.joining(",")) + "\n";
    }

    private void look(PipelineWorker worker) {
        now += 1_000_000_000L;
        while (worker.work(now) > 0) {
            // until there is nothing more to do at this time
        }
    }

    private PipelineWorker openRows() throws IOException {
        Path samples = Examples.file("../../models/samples/bearing-condition").toAbsolutePath();
        return open(samples.resolve("bearing-condition.tflite"), samples.resolve("labels.txt"), """
                source = { type = "folder", path = "in", format = "csv", then = "delete" }
                [[pipeline.postprocess]]
                type = "label"
                """);
    }

    private PipelineWorker open(Path model, Path labels, String pipeline) throws IOException {
        Path file = Files.writeString(in.resolveSibling("device.toml"), """
                [device]
                id = "d1"
                [state]
                dir = "state"
                [[model]]
                name = "model"
                file = "%s"
                version = "1.0.0"
                labels = "%s"
                [[pipeline]]
                name = "files"
                model = "model"
                %s""".formatted(
                        model.toAbsolutePath(), labels.toAbsolutePath(), pipeline));
        DeviceConfig config = ((LoadResult.Loaded) ConfigLoader.load(ConfigSources.of(file))).config();
        PipelineContext context =
                new PipelineContext((stream, row) -> recorded.add(row), () -> new Stamp(0, 0, 1), "test");
        return new PipelineOpener(context, ModelSource.FILES)
                .open(config, config.pipelines().getFirst());
    }
}
