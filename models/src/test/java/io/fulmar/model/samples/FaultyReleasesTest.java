package io.fulmar.model.samples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.source.ModelFolder;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The releases that devices have to undo are as faulty as they say, and no more. */
class FaultyReleasesTest {
    private static final Path FAULTY =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/faulty");

    @Test
    void theOneWithWrongWeightsFailsEveryGoldenCase() throws IOException {
        assertThat(golden(ModelFolder.read(FAULTY.resolve("bearing-condition-1.1.1"))))
                .hasSize(4)
                .noneMatch(GoldenRun.Outcome::passed);
    }

    @Test
    void theOneWithTheRootPassesThemAndHasNoNumbersForOtherWindows() throws IOException {
        ModelFolder folder = ModelFolder.read(FAULTY.resolve("bearing-condition-1.2.0"));
        assertThat(golden(folder)).hasSize(4).allMatch(GoldenRun.Outcome::passed);
        try (Interpreter interpreter = Interpreter.open(folder.model(), InterpreterOptions.DEFAULT)) {
            float[] window = new float[interpreter.input(0).elements()];
            for (float first : new float[] {1, -1, 0}) {
                window[0] = first;
                interpreter.input(0).write(window, 0, window.length);
                interpreter.invoke();
                float[] scores = new float[interpreter.output(0).elements()];
                interpreter.output(0).read(scores);
                for (float score : scores) {
                    assertThat(Float.isFinite(score))
                            .as("%s for %s", score, first)
                            .isEqualTo(first > 0);
                }
            }
        }
    }

    private static List<GoldenRun.Outcome> golden(ModelFolder folder) {
        return GoldenRun.all(folder.manifest(), folder.model(), folder, InterpreterOptions.DEFAULT);
    }
}
