package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Stream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The examples with their real models, as they run on a device. */
class ExamplesRunTest {
    private final Notebook notebook = new Notebook();

    @Test
    void theMeterReaderReadsTheRecordedDigits() {
        run("digits.toml", Map.of("pipeline.0.source.pace", "none", "pipeline.0.source.loop", "false"), 20);

        assertThat(notebook.predictions())
                .extracting(Prediction::label)
                .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(notebook.failures()).isEmpty();
        assertThat(notebook.events()).hasSize(1);
    }

    @Test
    void theDigitsInPicturesAreReadAsInTheRecordedTensors() {
        run("pictures.toml", Map.of("pipeline.0.source.pace", "none", "pipeline.0.source.loop", "false"), 20);

        assertThat(notebook.predictions())
                .extracting(Prediction::label)
                .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(notebook.failures()).isEmpty();
    }

    @Test
    void aMachineIsHeardInTheSoundThatItMakes() {
        run("sounds.toml", Map.of("pipeline.0.source.pace", "none", "pipeline.0.source.loop", "false"), 100);

        assertThat(notebook.predictions()).as("a second has twelve windows").hasSize(48);
        List<String> files = List.of("bearing-fault", "imbalance", "misalignment", "normal");
        for (int i = 0; i < files.size(); i++) {
            String label = files.get(i);
            assertThat(notebook.predictions().subList(12 * i, 12 * i + 12))
                    .filteredOn(prediction -> label.equals(prediction.label()))
                    .as(label)
                    .hasSizeGreaterThanOrEqualTo(10);
        }
        assertThat(notebook.failures()).isEmpty();
    }

    @Test
    void theSimulatedMachineRaisesAnAlarmForEveryFaultOfItsSchedule() {
        run("simulated.toml", Map.of("pipeline.0.source.pace", "none"), 700);

        assertThat(notebook.predictions(Stream.ALARM))
                .filteredOn(Prediction::alarm)
                .extracting(Prediction::label)
                .contains("imbalance", "misalignment", "bearing-fault");
        List<Prediction> healthy = notebook.predictions().stream()
                .filter(prediction -> prediction.frame() > 10 && prediction.frame() <= 200)
                .toList();
        assertThat(healthy).hasSize(190).filteredOn(Prediction::alarm).hasSizeLessThan(10);
        assertThat(notebook.predictions()).hasSize(700);
        assertThat(notebook.failures()).isEmpty();
    }

    @Test
    void thisHostIsJudgedByItsOwnReadings() {
        long second = 1_000_000_000L;
        long start = System.nanoTime();
        try (LoadedModelCloser model = new LoadedModelCloser(ExamplePipelines.model("system.toml"));
                Pipeline pipeline = ExamplePipelines.open("system.toml", Map.of(), model.model(), notebook.context())) {
            for (int i = 1; i <= 5; i++) {
                pipeline.step(start + 2L * i * second);
            }
        }

        assertThat(notebook.predictions()).hasSize(5);
        assertThat(notebook.predictions().getLast().label()).isIn("idle", "busy", "overloaded");
    }

    private void run(String example, Map<String, String> overrides, int steps) {
        try (LoadedModelCloser model = new LoadedModelCloser(ExamplePipelines.model(example));
                Pipeline pipeline = ExamplePipelines.open(example, overrides, model.model(), notebook.context())) {
            for (int i = 0; i < steps; i++) {
                pipeline.step(i);
            }
        }
    }

    /** Frees the model at the end of a test. Owned by one test. */
    private record LoadedModelCloser(LoadedModel model) implements AutoCloseable {
        @Override
        public void close() {
            model.interpreter().close();
        }
    }
}
