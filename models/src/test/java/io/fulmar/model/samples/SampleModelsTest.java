package io.fulmar.model.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelDescription;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.SubGraph;

/** The sample models as committed: that file, card, facts and golden cases belong together. */
class SampleModelsTest {
    private static final int XNNPACK_TOLERANCE = 16;

    @ParameterizedTest
    @ValueSource(strings = {"bearing-condition", "bearing-condition-1.1.0", "digit-reader", "host-load"})
    void theReferenceKernelsGiveTheGoldenOutputs(String name) throws IOException {
        try (Interpreter interpreter = Interpreter.open(model(name), new InterpreterOptions(1, Delegate.NONE))) {
            for (String label : labels(name)) {
                assertThat(run(interpreter, name, label)).as(label).isEqualTo(golden(name, label + ".out0.bin"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearing-condition", "bearing-condition-1.1.0", "digit-reader", "host-load"})
    void xnnpackGivesTheGoldenLabelsWithinRounding(String name) throws IOException {
        try (Interpreter interpreter = Interpreter.open(model(name), InterpreterOptions.DEFAULT)) {
            assertThat(interpreter.delegated()).isTrue();
            List<String> labels = labels(name);
            for (String label : labels) {
                byte[] scores = run(interpreter, name, label);
                byte[] expected = golden(name, label + ".out0.bin");
                for (int i = 0; i < scores.length; i++) {
                    assertThat((int) scores[i]).as(label).isCloseTo(expected[i], within(XNNPACK_TOLERANCE));
                }
                assertThat(labels.get(best(scores))).isEqualTo(label);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearing-condition", "bearing-condition-1.1.0", "digit-reader", "host-load"})
    void everyTensorIsAnInteger(String name) throws IOException {
        SubGraph graph = Model.getRootAsModel(ByteBuffer.wrap(Files.readAllBytes(modelFile(name))))
                .subgraphs(0);
        for (int i = 0; i < graph.tensorsLength(); i++) {
            assertThat((int) graph.tensors(i).type())
                    .as(graph.tensors(i).name())
                    .isIn((int) org.tensorflow.lite.schema.TensorType.INT8, (int)
                            org.tensorflow.lite.schema.TensorType.INT32);
        }
        ModelDescription description = model(name).description();
        assertThat(description.inputs()).allMatch(tensor -> tensor.type() == TensorType.INT8);
        assertThat(description.outputs()).allMatch(tensor -> tensor.type() == TensorType.INT8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearing-condition", "bearing-condition-1.1.0", "digit-reader", "host-load"})
    void theFactsAndTheCardAreThoseOfTheFile(String name) throws IOException {
        ModelFile model = model(name);
        Map<String, String> facts = facts(name);
        assertThat(facts)
                .containsEntry("name", plain(name))
                .containsEntry("sha256", model.sha256())
                .containsEntry("size", Long.toString(model.sizeBytes()))
                .containsEntry("dtype", "int8");
        assertThat(model.description().text()).isEqualTo("Fulmar sample " + plain(name) + " " + facts.get("version"));
        assertThat(Files.readString(folder(name).resolve("card.md")))
                .contains(model.sha256())
                .contains("# " + plain(name) + " " + facts.get("version"))
                .contains("float **" + percent(accuracy(facts, "float")) + "**")
                .contains("int8 **" + percent(accuracy(facts, "int8")) + "**");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearing-condition", "bearing-condition-1.1.0", "digit-reader", "host-load"})
    void quantizationCostsLessThanOnePoint(String name) throws IOException {
        Map<String, String> facts = facts(name);
        double lost = accuracy(facts, "float") - accuracy(facts, "int8");
        assertThat(lost).isLessThan(0.01);
    }

    @Test
    void theLaterReleaseIsTheBetterOne() throws IOException {
        assertThat(accuracy(facts("bearing-condition-1.1.0"), "int8"))
                .isGreaterThan(accuracy(facts("bearing-condition"), "int8") + 0.02);
    }

    private static byte[] run(Interpreter interpreter, String name, String label) throws IOException {
        interpreter.input(0).writeRaw(golden(name, label + ".in0.bin"));
        interpreter.invoke();
        byte[] output = new byte[interpreter.output(0).elements()];
        interpreter.output(0).readRaw(output);
        return output;
    }

    private static int best(byte[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) {
                best = i;
            }
        }
        return best;
    }

    private static double accuracy(Map<String, String> facts, String kind) {
        return Double.parseDouble(facts.getOrDefault("held_out_accuracy_" + kind, "NaN"));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    /** The few lines of model.toml: a key, an equals sign, a string or a number. */
    private static Map<String, String> facts(String name) throws IOException {
        Map<String, String> facts = new HashMap<>();
        for (String line : Files.readAllLines(folder(name).resolve("model.toml"))) {
            int equals = line.indexOf(" = ");
            if (equals > 0) {
                facts.put(line.substring(0, equals), line.substring(equals + 3).replace("\"", ""));
            }
        }
        return facts;
    }

    private static List<String> labels(String name) throws IOException {
        return Files.readAllLines(folder(name).resolve("labels.txt"));
    }

    private static byte[] golden(String name, String file) throws IOException {
        return Files.readAllBytes(folder(name).resolve("golden").resolve(file));
    }

    private static ModelFile model(String name) {
        return ModelFile.read(modelFile(name));
    }

    private static Path modelFile(String name) {
        return folder(name).resolve(plain(name) + ".tflite");
    }

    /** The name of the model in a folder: a later release has its version behind it. */
    private static String plain(String folder) {
        return folder.replaceFirst("-[0-9.]+$", "");
    }

    private static Path folder(String name) {
        return Path.of(System.getProperty("fulmar.root", ".."))
                .resolve("models/samples")
                .resolve(name);
    }
}
