package io.fulmar.agent.io.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulated machine and the model that learned from it belong together. */
class RecognitionTest {
    private static final int WINDOW = 256;
    private static final int ONSET_WINDOWS = 6;
    private static final int JUDGED_WINDOWS = 50;

    private final List<String> labels;

    RecognitionTest() throws IOException {
        labels = Files.readAllLines(sample().resolve("labels.txt"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void everyConditionOfTheScheduleIsRecognised(long seed) {
        RotatingMachine machine = new RotatingMachine(seed);
        try (Interpreter interpreter = Interpreter.open(model(), InterpreterOptions.DEFAULT)) {
            for (Condition condition : Condition.values()) {
                machine.condition(condition);
                windows(machine, interpreter, condition, ONSET_WINDOWS);
                assertThat(windows(machine, interpreter, condition, JUDGED_WINDOWS))
                        .as("%s windows of %s", seed, condition)
                        .isGreaterThanOrEqualTo(JUDGED_WINDOWS * 9 / 10);
            }
        }
    }

    /** If this fails, the simulation has changed: train the model again (models/training/train.sh), then pin the new one. */
    @Test
    void theSimulationIsTheOneThatTheModelLearnedFrom() throws NoSuchAlgorithmException {
        RotatingMachine machine = new RotatingMachine(1);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (Condition condition : Condition.values()) {
            machine.condition(condition);
            ByteBuffer samples = ByteBuffer.allocate(10_000 * Float.BYTES);
            while (samples.hasRemaining()) {
                samples.putFloat(machine.nextSample());
            }
            digest.update(samples.array());
        }
        assertThat(HexFormat.of().formatHex(digest.digest()))
                .isEqualTo("c8254a7c166ddc80356a2ac462af23b349cea25721b9a14f325e9d9b5415e977");
    }

    private int windows(RotatingMachine machine, Interpreter interpreter, Condition condition, int count) {
        float[] window = new float[WINDOW];
        float[] scores = new float[labels.size()];
        int right = 0;
        for (int i = 0; i < count; i++) {
            machine.fill(window);
            interpreter.input(0).write(window, 0, WINDOW);
            interpreter.invoke();
            interpreter.output(0).read(scores);
            if (labels.get(best(scores)).equals(condition.label())) {
                right++;
            }
        }
        return right;
    }

    private static int best(float[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) {
                best = i;
            }
        }
        return best;
    }

    private static ModelFile model() {
        return ModelFile.read(sample().resolve("bearing-condition.tflite"));
    }

    private static Path sample() {
        return Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/bearing-condition");
    }
}
