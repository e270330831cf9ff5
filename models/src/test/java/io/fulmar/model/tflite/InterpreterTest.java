package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InterpreterTest {
    private static float[] reals(Tensor tensor) {
        float[] values = new float[tensor.elements()];
        tensor.read(values);
        return values;
    }

    private static void fill(Tensor tensor, float... values) {
        tensor.write(values, 0, values.length);
    }

    @ParameterizedTest
    @EnumSource(Delegate.class)
    void severalInputsAndOutputsAreFoundByIndexAndByName(Delegate delegate) {
        ModelFile model = TestModel.sumAndProduct().file();
        try (Interpreter interpreter = Interpreter.open(model, new InterpreterOptions(1, delegate))) {
            fill(interpreter.input(0), 1, 2, 3, 4);
            fill(interpreter.input("b"), 10, 20, 30, 40);
            interpreter.invoke();
            assertThat(reals(interpreter.output("sum"))).containsExactly(11, 22, 33, 44);
            assertThat(reals(interpreter.output(1))).containsExactly(10, 40, 90, 160);
            assertThat(interpreter.outputs()).extracting(Tensor::name).containsExactly("sum", "product");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> interpreter.input("c"))
                    .withMessageContaining("[a, b]");
        }
    }

    @Test
    void theInterpreterSaysWhetherTheDelegateTook() {
        ModelFile arithmetic = TestModel.sumAndProduct().file();
        try (Interpreter interpreter = Interpreter.open(arithmetic, InterpreterOptions.DEFAULT)) {
            assertThat(interpreter.delegated()).isTrue();
            assertThat(interpreter.builtinOperators()).isZero();
        }
        try (Interpreter interpreter = Interpreter.open(arithmetic, new InterpreterOptions(1, Delegate.NONE))) {
            assertThat(interpreter.delegated()).isFalse();
            assertThat(interpreter.builtinOperators()).isEqualTo(2);
        }
        try (Interpreter interpreter = Interpreter.open(TestModel.whereTrue().file(), InterpreterOptions.DEFAULT)) {
            assertThat(interpreter.delegated()).isFalse();
            assertThat(interpreter.builtinOperators()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Delegate.class)
    void aResizedInputResizesTheOutput(Delegate delegate) {
        try (Interpreter interpreter =
                Interpreter.open(TestModel.twice().file(), new InterpreterOptions(1, delegate))) {
            fill(interpreter.input(0), 1, 2, 3, 4);
            interpreter.resizeInput(0, 2, 4);
            assertThat(interpreter.input(0).shape()).containsExactly(2, 4);
            fill(interpreter.input(0), 1, 2, 3, 4, 5, 6, 7, 8);
            interpreter.invoke();
            assertThat(interpreter.output(0).shape()).containsExactly(2, 4);
            assertThat(reals(interpreter.output(0))).containsExactly(2, 4, 6, 8, 10, 12, 14, 16);
            interpreter.resizeInput(0, 1, 4);
            fill(interpreter.input(0), 5, 6, 7, 8);
            interpreter.invoke();
            assertThat(reals(interpreter.output(0))).containsExactly(10, 12, 14, 16);
        }
    }

    @Test
    void anImpossibleShapeIsRefusedAndTheNextOneWorks() {
        try (Interpreter interpreter =
                Interpreter.open(TestModel.sumAndProduct().file(), InterpreterOptions.DEFAULT)) {
            assertThatIllegalArgumentException().isThrownBy(() -> interpreter.resizeInput(0, 1, -4));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> interpreter.resizeInput(0, Integer.MAX_VALUE, Integer.MAX_VALUE));
            interpreter.resizeInput(0, 1, 3);
            assertThatExceptionOfType(ModelException.class).isThrownBy(interpreter::invoke);
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> interpreter.output(0).getReal(0));
            interpreter.resizeInput(0, 1, 4);
            fill(interpreter.input(0), 1, 2, 3, 4);
            fill(interpreter.input(1), 1, 1, 1, 1);
            interpreter.invoke();
            assertThat(reals(interpreter.output(0))).containsExactly(2, 3, 4, 5);
        }
    }

    @ParameterizedTest
    @EnumSource(Delegate.class)
    void anOutputWhoseShapeIsKnownOnlyAfterRunningIsReadAfterEachRun(Delegate delegate) {
        try (Interpreter interpreter =
                Interpreter.open(TestModel.whereTrue().file(), new InterpreterOptions(1, delegate))) {
            Tensor input = interpreter.input(0);
            Tensor output = interpreter.output(0);
            fill(input, 0, 1, 0, 1, 1, 0);
            interpreter.invoke();
            assertThat(output.shape()).containsExactly(3, 1);
            assertThat(reals(output)).containsExactly(1, 3, 4);
            fill(input, 1, 0, 0, 0, 0, 0);
            interpreter.invoke();
            assertThat(output.shape()).containsExactly(1, 1);
            assertThat(output.getRaw(0)).isZero();
            fill(input, 0, 0, 0, 0, 0, 0);
            interpreter.invoke();
            assertThat(output.elements()).isZero();
            fill(input, 1, 1, 1, 1, 1, 1);
            interpreter.invoke();
            assertThat(reals(output)).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    @ParameterizedTest
    @EnumSource(Delegate.class)
    void eachSignatureRunsItsOwnSubgraphUnderItsOwnNames(Delegate delegate) {
        ModelFile model = TestModel.twoSignatures().file();
        assertThat(model.description().signatures())
                .extracting(ModelDescription.SignatureDescription::key)
                .containsExactly("twice", "square");
        try (Interpreter interpreter = Interpreter.open(model, new InterpreterOptions(1, delegate))) {
            Signature twice = interpreter.signature("twice");
            Signature square = interpreter.signature("square");
            fill(twice.input("number"), 1, 2, 3, 4);
            fill(square.input("number"), 1, 2, 3, 4);
            twice.invoke();
            square.invoke();
            assertThat(reals(twice.output("doubled"))).containsExactly(2, 4, 6, 8);
            assertThat(reals(square.output("squared"))).containsExactly(1, 4, 9, 16);
            assertThat(reals(interpreter.output(0))).containsExactly(2, 4, 6, 8);
            assertThat(interpreter.signature("square")).isSameAs(square);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> interpreter.signature("cube"))
                    .withMessageContaining("[twice, square]");
        }
    }

    @Test
    void aResizedSignatureKeepsTheOtherEntryPointsUsable() {
        try (Interpreter interpreter =
                Interpreter.open(TestModel.twoSignatures().file(), InterpreterOptions.DEFAULT)) {
            Signature square = interpreter.signature("square");
            square.resizeInput("number", 2, 4);
            fill(square.input("number"), 1, 2, 3, 4, 5, 6, 7, 8);
            square.invoke();
            assertThat(square.output("squared").shape()).containsExactly(2, 4);
            assertThat(square.output("squared").getReal(7)).isEqualTo(64);
            fill(interpreter.input(0), 1, 1, 1, 1);
            interpreter.invoke();
            assertThat(reals(interpreter.output(0))).containsExactly(2, 2, 2, 2);
        }
    }

    @ParameterizedTest
    @EnumSource(Delegate.class)
    void aDenseLayerWithAScaleForEachChannelComputesRealValues(Delegate delegate) {
        try (Interpreter interpreter =
                Interpreter.open(TestModel.perChannelDense().file(), new InterpreterOptions(1, delegate))) {
            fill(interpreter.input(0), 3, 1);
            interpreter.invoke();
            assertThat(interpreter.output(0).getReal(0)).isCloseTo(2, within(0.051f));
            assertThat(interpreter.output(0).getReal(1)).isCloseTo(2, within(0.051f));
        }
    }

    @Test
    void nothingCanBeUsedAfterClosing() {
        Interpreter interpreter = Interpreter.open(TestModel.twoSignatures().file(), InterpreterOptions.DEFAULT);
        Signature signature = interpreter.signature("square");
        Tensor input = interpreter.input(0);
        Tensor named = signature.input("number");
        interpreter.close();
        interpreter.close();
        assertThatIllegalStateException().isThrownBy(interpreter::invoke).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(signature::invoke).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> input.getReal(0)).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> input.setReal(0, 1));
        assertThatIllegalStateException().isThrownBy(() -> named.readRaw(new byte[16]));
        assertThatIllegalStateException().isThrownBy(() -> named.writeRaw(new byte[16]));
        assertThatIllegalStateException().isThrownBy(input::shape);
        assertThatIllegalStateException().isThrownBy(() -> interpreter.resizeInput(0, 2, 4));
        assertThatIllegalStateException().isThrownBy(() -> interpreter.signature("twice"));
        assertThatIllegalStateException().isThrownBy(interpreter::resetState);
    }

    @Test
    void sixteenThreadsWithTheirOwnInterpretersGetIdenticalBits() throws Exception {
        ModelFile model = ModelFile.read(TestData.file("keyword/kws_ref_model.tflite"));
        byte[] frame = TestData.bytes("keyword/kws__ref_input.in0.bin");
        List<byte[]> frames = new ArrayList<>();
        Random random = new Random(7);
        for (int i = 0; i < 50; i++) {
            byte[] noisy = frame.clone();
            noisy[random.nextInt(noisy.length)] = (byte) random.nextInt();
            frames.add(noisy);
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            List<Future<List<byte[]>>> results = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                results.add(threads.submit(() -> run(model, frames)));
            }
            List<byte[]> expected = results.getFirst().get();
            for (Future<List<byte[]>> result : results) {
                assertThat(result.get()).usingElementComparator(Arrays::compare).containsExactlyElementsOf(expected);
            }
        }
    }

    private static List<byte[]> run(ModelFile model, List<byte[]> frames) {
        List<byte[]> results = new ArrayList<>();
        try (Interpreter interpreter = Interpreter.open(model, InterpreterOptions.DEFAULT)) {
            for (byte[] frame : frames) {
                interpreter.input(0).writeRaw(frame);
                interpreter.invoke();
                byte[] result = new byte[(int) interpreter.output(0).byteSize()];
                interpreter.output(0).readRaw(result);
                results.add(result);
            }
        }
        return results;
    }

    @Test
    void theStateOfARecurrentModelCanBeReset() {
        ModelFile model = ModelFile.read(TestData.file("lstm/trained_lstm_int8.tflite"));
        byte[] digit = TestData.bytes("lstm/trained_lstm_int8__sample3.in0.bin");
        try (Interpreter interpreter = Interpreter.open(model, InterpreterOptions.DEFAULT)) {
            interpreter.input(0).writeRaw(digit);
            interpreter.invoke();
            byte[] first = new byte[10];
            interpreter.output(0).readRaw(first);
            interpreter.resetState();
            interpreter.input(0).writeRaw(digit);
            interpreter.invoke();
            byte[] second = new byte[10];
            interpreter.output(0).readRaw(second);
            assertThat(second).isEqualTo(first);
        }
    }

    @Test
    void aModelThatTheRuntimeRefusesSaysWhyInItsWords() {
        TestModel model = new TestModel();
        int a = model.tensor("a", TensorType.FLOAT32, 1, 4);
        int b = model.tensor("b", TensorType.FLOAT32, 1, 3);
        int sum = model.tensor("sum", TensorType.FLOAT32, 1, 4);
        model.add(a, b, sum).graph(new int[] {a, b}, sum);
        ModelFile file = model.file();
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> Interpreter.open(file, InterpreterOptions.DEFAULT))
                .withMessageContaining("cannot be allocated")
                .withMessageContaining("ADD");
    }

    @Test
    void aModelWithAnOperatorThatNobodyNeedsRunsOnTheBuiltinKernels() {
        TestModel model = new TestModel();
        int a = model.tensor("a", TensorType.FLOAT32, 1, 4);
        int twice = model.tensor("twice", TensorType.FLOAT32, 1, 4);
        int unused = model.tensor("unused", TensorType.FLOAT32, 1, 4);
        model.add(a, a, twice).multiply(a, a, unused).graph(new int[] {a}, twice);
        try (Interpreter interpreter = Interpreter.open(model.file(), InterpreterOptions.DEFAULT)) {
            assertThat(interpreter.delegated()).isFalse();
            assertThat(interpreter.delegateMissing()).isTrue();
            fill(interpreter.input(0), 1, 2, 3, 4);
            interpreter.invoke();
            assertThat(reals(interpreter.output(0))).containsExactly(2, 4, 6, 8);
        }
    }
}
