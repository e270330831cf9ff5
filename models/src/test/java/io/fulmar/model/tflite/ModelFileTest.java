package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a model file must be, and what it says about itself. */
class ModelFileTest {
    private static void refused(TestModel model, String cause) {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(model::file)
                .withMessageContaining("test model")
                .withMessageContaining(cause)
                .satisfies(e -> assertThat(e.category()).isEqualTo(ModelException.Category.PERMANENT));
    }

    @Test
    void aModelDescribesItself() {
        ModelDescription description = TestModel.perChannelDense()
                .metadata("min_runtime_version", '1', '.', '1', '4', '.', '0', 0, 0)
                .file()
                .description();
        assertThat(description.text()).isEqualTo("made by a test");
        assertThat(description.minimumRuntime()).isEqualTo("1.14.0");
        assertThat(description.inputs()).singleElement().satisfies(input -> {
            assertThat(input.name()).isEqualTo("in");
            assertThat(input.type()).isEqualTo(TensorType.INT8);
            assertThat(input.shape()).containsExactly(1, 2);
            assertThat(input.quantization()).isEqualTo(Quantization.perTensor(0.1f, 0));
        });
        assertThat(description.operators())
                .containsExactly(new ModelDescription.OperatorCount("FULLY_CONNECTED", 5, 1));
        assertThat(description.metadata())
                .containsExactly(new ModelDescription.MetadataEntry("min_runtime_version", 8));
    }

    @Test
    void aDimensionThatMayBeChosenIsMinusOne() {
        ModelDescription description = TestModel.twice().file().description();
        assertThat(description.inputs().getFirst().shapeSignature()).containsExactly(-1, 4);
    }

    @Test
    void theDigestIsThatOfTheFile(@TempDir Path folder) throws IOException {
        byte[] bytes = TestModel.twice().bytes();
        Path file = Files.write(folder.resolve("m.tflite"), bytes);
        ModelFile model = ModelFile.read(file);
        assertThat(model.sha256())
                .hasSize(64)
                .isEqualTo(ModelFile.of("x", bytes).sha256());
        assertThat(model.sizeBytes()).isEqualTo(bytes.length);
        Files.write(file, new byte[bytes.length]);
        try (Interpreter interpreter = Interpreter.open(model, InterpreterOptions.DEFAULT)) {
            interpreter.invoke();
        }
    }

    @Test
    void aFileThatIsNotThereOrEmptyOrAFolderSaysSo(@TempDir Path folder) throws IOException {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> ModelFile.read(folder.resolve("absent.tflite")))
                .withMessageContaining("no such file");
        Path empty = Files.createFile(folder.resolve("empty.tflite"));
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> ModelFile.read(empty))
                .withMessageContaining("not a TensorFlow Lite model: it has only 0 bytes");
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> ModelFile.read(folder))
                .withMessageContaining("cannot be read");
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] bytes = TestModel.perChannelDense().bytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            try {
                ModelFile.of("cut", cut);
            } catch (ModelException e) {
                assertThat(e).hasMessageContaining("cut");
                continue;
            }
            assertThat(bytes.length - length).as("bytes that nothing refers to").isLessThan(8);
        }
    }

    @Test
    void absurdTensorsAreRefused() {
        TestModel model = new TestModel();
        int in = model.tensor("in", TensorType.FLOAT32, 1 << 16, 1 << 16, 1 << 16, 1 << 16);
        int out = model.tensor("out", TensorType.FLOAT32, 1, 4);
        refused(model.add(in, in, out).graph(new int[] {in}, out), "absurdly large");

        TestModel negative = new TestModel();
        int minus = negative.tensor("in", TensorType.FLOAT32, 1, -4);
        refused(negative.add(minus, minus, minus).graph(new int[] {minus}, minus), "a dimension of -4");

        TestModel many = new TestModel();
        int[] big = new int[6];
        for (int i = 0; i < big.length; i++) {
            big[i] = many.tensor("big" + i, TensorType.FLOAT32, 1 << 26, 2);
        }
        refused(many.add(big[0], big[1], big[2]).graph(big, big[2]), "for its tensors, more than");
    }

    @Test
    void indicesThatLeadNowhereAreRefused() {
        TestModel output = TestModel.sumAndProduct();
        TestModel model = new TestModel();
        int a = model.tensor("a", TensorType.FLOAT32, 4);
        refused(model.add(a, 7, a).graph(new int[] {a}, a), "is tensor 7 of 1");
        assertThat(output.file().description().inputs()).hasSize(2);

        TestModel buffer = new TestModel();
        int b = buffer.tensor("b", TensorType.FLOAT32, 4);
        buffer.tensorAt(b).setBuffer(99);
        refused(buffer.graph(new int[] {b}, b), "refers to buffer 99 of 1");

        TestModel code = new TestModel();
        int c = code.tensor("c", TensorType.FLOAT32, 4);
        int d = code.tensor("d", TensorType.FLOAT32, 4);
        code.add(c, c, d).operatorAt(0).setOpcodeIndex(5);
        refused(code.graph(new int[] {c}, d), "refers to operator code 5 of 1");

        refused(TestModel.twoSignatures().signature("third", 9, "x", 0, "y", 1), "refers to subgraph 9 of 2");
        refused(TestModel.twoSignatures().signature("third", 0, "x", 5, "y", 1), "gives the name 'x' to tensor 5");
    }

    @Test
    void aTensorWhoseContentIsTooShortIsRefused() {
        TestModel model = new TestModel();
        int a = model.tensor("a", TensorType.FLOAT32, 4);
        int b = model.tensor("b", TensorType.FLOAT32, 4);
        int c = model.tensor("c", TensorType.FLOAT32, 4);
        model.content(b, 1, 2, 3);
        refused(model.add(a, b, c).graph(new int[] {a}, c), "needs 16 bytes, but its buffer has 3");
    }

    @Test
    void anOperatorThatReadsWhatNobodyWroteIsRefused() {
        TestModel model = new TestModel();
        int a = model.tensor("a", TensorType.FLOAT32, 4);
        int b = model.tensor("b", TensorType.FLOAT32, 4);
        int c = model.tensor("c", TensorType.FLOAT32, 4);
        refused(model.add(a, c, b).add(a, b, c).graph(new int[] {a}, c), "before anything wrote it");
    }

    @Test
    void stringsAreRefusedByName() {
        TestModel model = new TestModel();
        int in = model.tensor("text", TensorType.STRING, 1);
        int out = model.tensor("out", TensorType.STRING, 1);
        refused(model.reshape(in, out).graph(new int[] {in}, out), "'text' is of type string");
    }

    @Test
    void brokenQuantizationIsRefused() {
        TestModel infinite = TestModel.quantizedEcho(TensorType.INT8, Float.POSITIVE_INFINITY, 0);
        refused(infinite, "has the scale Infinity");
        refused(TestModel.quantizedEcho(TensorType.INT8, 1, 500), "has the zero point 500");
        TestModel channels = new TestModel();
        int in = channels.tensor("in", TensorType.INT8, 1, 4);
        channels.quantize(in, new float[] {1, 1, 1}, new long[] {0, 0, 0}, 1);
        refused(channels.graph(new int[] {in}, in), "3 scales, which do not fit dimension 1");
    }

    @Test
    void aModelThatComputesNothingIsRefused() {
        TestModel model = new TestModel();
        int a = model.tensor("a", TensorType.FLOAT32, 4);
        int b = model.tensor("b", TensorType.FLOAT32, 4);
        refused(model.add(a, a, b).graph(new int[] {a}, a), "no output is computed");
    }

    @Test
    void anOperatorWithTooFewInputsIsRefused() {
        TestModel model = new TestModel();
        int a = model.tensor("a", TensorType.FLOAT32, 4);
        int b = model.tensor("b", TensorType.FLOAT32, 4);
        model.add(a, a, b).operatorAt(0).setInputs(new int[] {a});
        refused(model.graph(new int[] {a}, b), "operator 0 (ADD) has 1 inputs");
    }
}
