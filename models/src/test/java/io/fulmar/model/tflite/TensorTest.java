package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"FLOAT32", "FLOAT16", "INT32", "UINT8", "INT64", "BOOL", "INT16", "INT8"})
    void everySupportedTypeGoesInAndComesOut(TensorType type) {
        float[] values = type == TensorType.BOOL ? new float[] {0, 1, 1, 0} : new float[] {0, 1, 100, 7};
        try (Interpreter interpreter = Interpreter.open(TestModel.echo(type).file(), InterpreterOptions.DEFAULT)) {
            Tensor in = interpreter.input(0);
            Tensor out = interpreter.output(0);
            assertThat(in.type()).isEqualTo(type);
            assertThat(in.byteSize()).isEqualTo(4L * type.byteSize());
            in.write(values, 0, 4);
            interpreter.invoke();
            float[] read = new float[4];
            out.read(read);
            assertThat(read).containsExactly(values);
            for (int i = 0; i < 4; i++) {
                in.setReal(i, values[3 - i]);
            }
            interpreter.invoke();
            assertThat(out.getReal(0)).isEqualTo(values[3]);
            assertThat(out.getReal(3)).isEqualTo(values[0]);
            byte[] raw = new byte[(int) in.byteSize()];
            in.readRaw(raw);
            byte[] same = new byte[raw.length];
            out.readRaw(same);
            assertThat(same).isEqualTo(raw);
            raw[0] ^= 1;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment segment = arena.allocate(raw.length);
                MemorySegment.copy(raw, 0, segment, ValueLayout.JAVA_BYTE, 0, raw.length);
                in.writeRaw(segment);
            }
            in.readRaw(same);
            assertThat(same).isEqualTo(raw);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // real, scale, zero point, lowest, highest, raw: half away from zero, saturated
        "0.5, 1, 0, -128, 127, 1",
        "-0.5, 1, 0, -128, 127, -1",
        "1.5, 1, 0, -128, 127, 2",
        "2.5, 1, 0, -128, 127, 3",
        "-2.5, 1, 0, -128, 127, -3",
        "0.49999997, 1, 0, -128, 127, 0",
        "-0.49999997, 1, 0, -128, 127, 0",
        "1, 0.5, -128, -128, 127, -126",
        "1000, 0.5, -128, -128, 127, 127",
        "-1, 0.5, -128, -128, 127, -128",
        "3.4028235E38, 1E-10, 127, -128, 127, 127",
        "-Infinity, 1, 5, 0, 255, 0",
        "Infinity, 1, 5, 0, 255, 255",
        "NaN, 1, 5, 0, 255, 5",
        "1E20, 1, 0, -2147483648, 2147483647, 2147483647",
        "-1E20, 1, 0, -2147483648, 2147483647, -2147483648"
    })
    void aRealValueIsRoundedHalfAwayFromZeroAndSaturated(
            float real, float scale, int zeroPoint, int lowest, int highest, long raw) {
        assertThat(Tensor.quantize(real, scale, zeroPoint, lowest, highest)).isEqualTo(raw);
    }

    @ParameterizedTest
    @CsvSource({"INT8, -3, -128, 127", "UINT8, 128, 0, 255", "INT16, 0, -32768, 32767"})
    void quantizedTensorsSpeakRealValues(TensorType type, int zeroPoint, long lowest, long highest) {
        ModelFile model = TestModel.quantizedEcho(type, 0.5f, zeroPoint).file();
        try (Interpreter interpreter = Interpreter.open(model, InterpreterOptions.DEFAULT)) {
            Tensor in = interpreter.input(0);
            in.write(new float[] {9, 1.25f, -1e9f, 1e9f, 9}, 1, 4);
            assertThat(in.getReal(0)).isEqualTo(1.5f);
            assertThat(in.getRaw(1)).isEqualTo(lowest);
            assertThat(in.getRaw(2)).isEqualTo(highest);
            interpreter.invoke();
            assertThat(interpreter.output(0).getReal(3)).isEqualTo(9);
            assertThat(interpreter.output(0).getReal(1)).isEqualTo(0.5f * (lowest - zeroPoint));
        }
    }

    @Test
    void eachChannelHasItsOwnScale() {
        TestModel model = new TestModel();
        int in = model.tensor("in", TensorType.INT8, 1, 2, 2);
        int out = model.tensor("out", TensorType.INT8, 1, 2, 2);
        model.quantize(in, new float[] {1, 0.25f}, new long[] {0, 10}, 1);
        model.quantize(out, new float[] {1, 0.25f}, new long[] {0, 10}, 2);
        model.reshape(in, out).graph(new int[] {in}, out);
        try (Interpreter interpreter = Interpreter.open(model.file(), new InterpreterOptions(1, Delegate.NONE))) {
            Tensor input = interpreter.input(0);
            assertThat(input.quantization().isPerChannel()).isTrue();
            input.write(new float[] {3, 5, 3, 5}, 0, 4);
            assertThat(new long[] {input.getRaw(0), input.getRaw(1), input.getRaw(2), input.getRaw(3)})
                    .containsExactly(3, 5, 22, 30);
            float[] real = new float[4];
            input.read(real);
            assertThat(real).containsExactly(3, 5, 3, 5);
            interpreter.invoke();
            interpreter.output(0).read(real);
            assertThat(real).containsExactly(3, -1.25f, 22, 5);
        }
    }

    @Test
    void aWrongNumberOfValuesIsRefusedWithBothNumbers() {
        try (Interpreter interpreter =
                Interpreter.open(TestModel.sumAndProduct().file(), InterpreterOptions.DEFAULT)) {
            Tensor in = interpreter.input(0);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> in.write(new float[3], 0, 3))
                    .withMessageContaining("has 4 elements, not 3");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> in.writeRaw(new byte[15]))
                    .withMessageContaining("has 16 bytes, not 15");
            assertThatIllegalArgumentException().isThrownBy(() -> in.read(new float[3]));
            assertThatIllegalArgumentException().isThrownBy(() -> in.readRaw(new byte[17]));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> in.getReal(4));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> in.setReal(-1, 0));
        }
    }

    @Test
    void aHalfFloatKeepsWhatItCan() {
        try (Interpreter interpreter =
                Interpreter.open(TestModel.echo(TensorType.FLOAT16).file(), InterpreterOptions.DEFAULT)) {
            interpreter.input(0).write(new float[] {0.1f, -65504, 1e9f, 6e-8f}, 0, 4);
            interpreter.invoke();
            assertThat(interpreter.output(0).getReal(0)).isCloseTo(0.1f, within(1e-4f));
            assertThat(interpreter.output(0).getReal(1)).isEqualTo(-65504);
            assertThat(interpreter.output(0).getReal(2)).isInfinite();
        }
    }
}
