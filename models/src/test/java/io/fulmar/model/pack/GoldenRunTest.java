package io.fulmar.model.pack;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.model.pack.GoldenRun.Outcome;
import io.fulmar.model.pack.ModelManifest.Budgets;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.GoldenCase;
import io.fulmar.model.pack.ModelManifest.Role;
import io.fulmar.model.pack.ModelManifest.RuntimeRange;
import io.fulmar.model.pack.ModelManifest.TensorEntry;
import io.fulmar.model.pack.ModelManifest.Tolerance;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.TensorType;
import io.fulmar.model.tflite.TestModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How near is near enough, for every kind of number. */
class GoldenRunTest {
    private static final Tolerance EXACT = new Tolerance(0.0, null, false);

    private final TestPackage files = new TestPackage();

    @Test
    void everyOutputMustBeNear() {
        TestModel model = TestModel.sumAndProduct();
        byte[][] inputs = {floats(1, 2), floats(3, 5)};

        assertThat(run(model, EXACT, inputs, floats(4, 7), floats(3, 10)).passed())
                .isTrue();
        Outcome second = run(model, EXACT, inputs, floats(4, 7), floats(3, 10.5f));
        assertThat(second.passed()).isFalse();
        assertThat(second.text()).contains("output 1").contains("0.5000 apart at 1");
    }

    @Test
    void aDistanceInRealUnitsMayBeAsLargeAsTheTolerance() {
        TestModel model = TestModel.sumAndProduct();
        byte[][] inputs = {floats(1, 2), floats(3, 5)};
        Tolerance half = new Tolerance(0.5, null, false);

        assertThat(run(model, half, inputs, floats(4.5f, 6.5f), floats(3, 10)).passed())
                .isTrue();
        assertThat(run(model, half, inputs, floats(4.75f, 7), floats(3, 10)).passed())
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"NaN", "INFINITE"})
    void aNumberThatIsNoneIsNeverNearNotEvenToItself(NoNumber none) {
        TestModel model = TestModel.sumAndProduct();
        byte[][] inputs = {floats(none.value, 2), floats(3, 5)};

        Outcome outcome =
                run(model, new Tolerance(1e30, null, true), inputs, floats(none.value, 7), floats(none.value, 10));

        assertThat(outcome.passed()).isFalse();
        assertThat(outcome.text()).contains("NaN or infinite");
    }

    @Test
    void aRecordedNumberThatIsNoneIsNeverNear() {
        byte[][] inputs = {floats(1, 2), floats(3, 5)};

        assertThat(run(
                                TestModel.sumAndProduct(),
                                new Tolerance(1e30, null, false),
                                inputs,
                                floats(Float.NaN, 7),
                                floats(3, 10))
                        .passed())
                .isFalse();
    }

    @Test
    void theLargestMustBeTheSameWhereThatIsAskedFor() {
        TestModel model = TestModel.sumAndProduct();
        byte[][] inputs = {floats(1, 2), floats(3, 5)};
        Tolerance top = new Tolerance(null, null, true);

        assertThat(run(model, top, inputs, floats(-1, 90), floats(0, 1)).passed())
                .isTrue();
        assertThat(run(model, top, inputs, floats(8, 7), floats(0, 1)).text()).contains("is largest at 1, not at 0");
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"INT8", "UINT8", "INT16"})
    void quantaAreStepsOfTheOutputWhateverTheyAreWorth(TensorType type) {
        TestModel model = TestModel.quantizedEcho(type, 0.25f, type == TensorType.INT16 ? 0 : 3);
        int length = type.byteSize() * elements(model);
        byte[] input = new byte[length];
        byte[] near = new byte[length];
        near[0] = 2;

        assertThat(run(model, new Tolerance(null, 2, false), new byte[][] {input}, near)
                        .passed())
                .isTrue();
        Outcome outcome = run(model, new Tolerance(null, 1, false), new byte[][] {input}, near);
        assertThat(outcome.passed()).isFalse();
        assertThat(outcome.text()).contains("2 quanta, 0.5000 apart at 0");
        assertThat(run(model, new Tolerance(0.5, null, false), new byte[][] {input}, near)
                        .passed())
                .isTrue();
        assertThat(run(model, new Tolerance(0.49, null, false), new byte[][] {input}, near)
                        .passed())
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"INT32", "INT64", "FLOAT32"})
    void otherNumbersStandForThemselves(TensorType type) {
        TestModel model = TestModel.echo(type);
        byte[] input = new byte[type.byteSize() * elements(model)];
        byte[] other = input.clone();
        other[type.byteSize() - 1] = 1;

        assertThat(run(model, EXACT, new byte[][] {input}, input).text()).isEqualTo("exact");
        assertThat(run(model, EXACT, new byte[][] {input}, other).passed()).isFalse();
    }

    @Test
    void aRecordedOutputOfAnotherLengthIsNoOutput() {
        byte[][] inputs = {floats(1, 2), floats(3, 5)};

        assertThat(run(TestModel.sumAndProduct(), EXACT, inputs, new byte[12], floats(3, 10))
                        .text())
                .contains("is recorded with 12 bytes, and has 16");
        assertThat(run(
                                TestModel.sumAndProduct(),
                                EXACT,
                                new byte[][] {new byte[4], floats(3, 5)},
                                floats(4, 7),
                                floats(3, 10))
                        .text())
                .contains("input 0 is recorded with 4 bytes, and has 16");
    }

    /** What is no number. */
    enum NoNumber {
        NaN(Float.NaN),
        INFINITE(Float.POSITIVE_INFINITY);

        private final float value;

        NoNumber(float value) {
            this.value = value;
        }
    }

    private static int elements(TestModel model) {
        return model.file().description().inputs().getFirst().shape().stream()
                .mapToInt(Integer::intValue)
                .reduce(1, (a, b) -> a * b);
    }

    /** Four numbers, of which the last are 0. */
    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private Outcome run(TestModel model, Tolerance tolerance, byte[][] inputs, byte[]... outputs) {
        ModelFile file = model.file();
        List<FileEntry> entries = new ArrayList<>(List.of(files.file(Role.MODEL, "m.tflite", model.bytes())));
        List<String> in = add(entries, "in", inputs);
        List<String> out = add(entries, "out", outputs);
        ModelManifest manifest = new ModelManifest(
                "test",
                TestPackage.version("1.0.0"),
                1,
                null,
                null,
                entries,
                file.description().inputs().stream().map(TensorEntry::of).toList(),
                file.description().outputs().stream().map(TensorEntry::of).toList(),
                List.of(new GoldenCase("one", in, out, tolerance)),
                Budgets.NONE,
                List.of(),
                RuntimeRange.ANY,
                null);
        try (Interpreter interpreter = Interpreter.open(file, InterpreterOptions.DEFAULT)) {
            List<Outcome> outcomes = GoldenRun.all(manifest, (name, sha256, size) -> files.bytes(name), interpreter);
            assertThat(outcomes).hasSize(1);
            return outcomes.getFirst();
        }
    }

    private List<String> add(List<FileEntry> entries, String side, byte[][] contents) {
        List<String> names = new ArrayList<>();
        for (byte[] content : contents) {
            String name = "golden/one." + side + names.size() + ".bin";
            entries.add(files.file(Role.GOLDEN, name, content));
            names.add(name);
        }
        return names;
    }
}
