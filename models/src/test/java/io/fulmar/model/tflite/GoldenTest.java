package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real models give the outputs that TensorFlow Lite's own tools recorded. */
class GoldenTest {
    private static final int RAW_TOLERANCE = 16;

    @ParameterizedTest
    @CsvSource({
        "image/mobilenet_v1_0.25_128_quant.tflite, image/mobilenet_v1_0.25_128_quant__cat.bilinear",
        "image/mobilenet_v1_0.25_128_quant.tflite, image/mobilenet_v1_0.25_128_quant__parrot.bilinear",
        "keyword/micro_speech_quantized.tflite, keyword/micro_speech__yes",
        "keyword/micro_speech_quantized.tflite, keyword/micro_speech__no",
        "keyword/kws_ref_model.tflite, keyword/kws__ref_input",
        "anomaly/ad01_int8.tflite, anomaly/ad01_int8__ramp",
        "regression/hello_world_int8.tflite, regression/hello_int8__0",
        "regression/hello_world_int8.tflite, regression/hello_int8__1",
        "regression/hello_world_int8.tflite, regression/hello_int8__2",
        "regression/hello_world_int8.tflite, regression/hello_int8__3",
        "regression/hello_world_float.tflite, regression/hello_float__0",
        "regression/hello_world_float.tflite, regression/hello_float__1",
        "regression/hello_world_float.tflite, regression/hello_float__3",
        "regression/hello_world_float.tflite, regression/hello_float__5",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample0",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample1",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample2",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample3",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample4",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample5",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample6",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample7",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample8",
        "lstm/trained_lstm_int8.tflite, lstm/trained_lstm_int8__sample9",
        "multi_io/multi_add.bin, multi_io/multi_add"
    })
    void aRealModelGivesTheRecordedOutputs(String model, String caseName) throws IOException {
        ModelFile file = ModelFile.read(TestData.file(model));
        for (Delegate delegate : Delegate.values()) {
            for (int threads : new int[] {1, 2}) {
                try (Interpreter interpreter = Interpreter.open(file, new InterpreterOptions(threads, delegate))) {
                    assertThat(interpreter.delegated()).isEqualTo(delegate == Delegate.XNNPACK);
                    for (int i = 0; i < interpreter.inputs().size(); i++) {
                        interpreter.input(i).writeRaw(TestData.bytes(caseName + ".in" + i + ".bin"));
                    }
                    interpreter.invoke();
                    for (int i = 0; i < interpreter.outputs().size(); i++) {
                        requireRecorded(interpreter.output(i), caseName + ".out" + i);
                    }
                }
            }
        }
    }

    private static void requireRecorded(Tensor output, String name) throws IOException {
        byte[] actual = new byte[(int) output.byteSize()];
        output.readRaw(actual);
        List<byte[]> recorded = new ArrayList<>();
        for (String kind : new String[] {"ref", "xnn"}) {
            Path file = TestData.folder().resolve(name + "." + kind + ".bin");
            if (Files.exists(file)) {
                recorded.add(Files.readAllBytes(file));
            }
        }
        assertThat(recorded).as(name).isNotEmpty();
        if (recorded.stream().anyMatch(expected -> Arrays.equals(expected, actual))) {
            return;
        }
        byte[] expected = recorded.getFirst();
        assertThat(actual).hasSameSizeAs(expected);
        if (output.type() == TensorType.FLOAT32) {
            for (int i = 0; i < output.elements(); i++) {
                float value =
                        ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN).getFloat(4 * i);
                assertThat(output.getReal(i)).as(name + " element " + i).isCloseTo(value, within(1e-4f));
            }
            return;
        }
        boolean unsigned = output.type() == TensorType.UINT8;
        for (int i = 0; i < actual.length; i++) {
            assertThat(value(actual[i], unsigned))
                    .as(name + " element " + i)
                    .isCloseTo(value(expected[i], unsigned), within(RAW_TOLERANCE));
        }
        assertThat(top(actual, unsigned)).as(name + ": the best class").isEqualTo(top(expected, unsigned));
    }

    private static int value(byte raw, boolean unsigned) {
        return unsigned ? Byte.toUnsignedInt(raw) : raw;
    }

    private static int top(byte[] scores, boolean unsigned) {
        return IntStream.range(0, scores.length)
                .reduce((a, b) -> value(scores[b], unsigned) > value(scores[a], unsigned) ? b : a)
                .orElseThrow();
    }
}
