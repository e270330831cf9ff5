package io.fulmar.model.pack;

import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.GoldenCase;
import io.fulmar.model.pack.ModelManifest.Tolerance;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.Quantization;
import io.fulmar.model.tflite.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The golden cases of a model, run by the interpreter that shall run it. Owned by the interpreter's thread. */
public final class GoldenRun {
    private final ModelManifest manifest;
    private final Blobs blobs;
    private final Interpreter interpreter;

    /**
     * What came of one case. Immutable.
     *
     * @param text what differs, or how near it came
     */
    public record Outcome(String name, boolean passed, String text) {}

    private GoldenRun(ModelManifest manifest, Blobs blobs, Interpreter interpreter) {
        this.manifest = manifest;
        this.blobs = blobs;
        this.interpreter = interpreter;
    }

    /** Runs every case, also after one that failed. */
    public static List<Outcome> all(ModelManifest manifest, Blobs blobs, Interpreter interpreter) {
        return manifest.golden().stream()
                .map(golden -> one(manifest, golden, blobs, interpreter))
                .toList();
    }

    /** The same by an interpreter of its own; none is opened where there are no cases. */
    public static List<Outcome> all(ModelManifest manifest, ModelFile model, Blobs blobs, InterpreterOptions options) {
        if (manifest.golden().isEmpty()) {
            return List.of();
        }
        try (Interpreter interpreter = Interpreter.open(model, options)) {
            return all(manifest, blobs, interpreter);
        }
    }

    /** Throws what the first case that failed says. */
    public static void require(String what, List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            if (!outcome.passed()) {
                throw new PackageException(
                        Reason.GOLDEN_MISMATCH, what + ": golden case " + outcome.name() + ": " + outcome.text());
            }
        }
    }

    /** Runs one case. */
    public static Outcome one(ModelManifest manifest, GoldenCase golden, Blobs blobs, Interpreter interpreter) {
        return new GoldenRun(manifest, blobs, interpreter).run(golden);
    }

    private Outcome run(GoldenCase golden) {
        interpreter.resetState(); // a case is what a model says first
        for (int i = 0; i < golden.inputs().size(); i++) {
            byte[] input = bytes(golden.inputs().get(i));
            if (input.length != interpreter.input(i).byteSize()) {
                return failed(
                        golden,
                        "input " + i + " is recorded with " + input.length + " bytes, and has "
                                + interpreter.input(i).byteSize());
            }
            interpreter.input(i).writeRaw(input);
        }
        interpreter.invoke();
        List<String> near = new ArrayList<>();
        for (int i = 0; i < golden.outputs().size(); i++) {
            Tensor output = interpreter.output(i);
            byte[] recorded = bytes(golden.outputs().get(i));
            if (recorded.length != output.byteSize()) {
                return failed(
                        golden,
                        "output " + i + " is recorded with " + recorded.length + " bytes, and has "
                                + output.byteSize());
            }
            byte[] made = new byte[recorded.length];
            output.readRaw(made);
            Comparison comparison = Comparison.of(output, numbers(output, recorded), numbers(output, made));
            String fault = comparison.fault(golden.tolerance());
            if (!fault.isEmpty()) {
                return failed(golden, "output " + i + " '" + output.name() + "' " + fault);
            }
            near.add(comparison.text());
        }
        return new Outcome(golden.name(), true, String.join(", ", near));
    }

    private static Outcome failed(GoldenCase golden, String text) {
        return new Outcome(golden.name(), false, text);
    }

    private byte[] bytes(String name) {
        FileEntry file = manifest.file(name);
        return blobs.read(file.name(), file.sha256(), file.size());
    }

    /** Whole numbers as they are stored, others as what they stand for. */
    private static double[] numbers(Tensor tensor, byte[] bytes) {
        ByteBuffer raw = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        double[] numbers = new double[tensor.elements()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = switch (tensor.type()) {
                case FLOAT32 -> raw.getFloat();
                case FLOAT16 -> Float.float16ToFloat(raw.getShort());
                case INT8 -> raw.get();
                case UINT8, BOOL -> Byte.toUnsignedInt(raw.get());
                case INT16 -> raw.getShort();
                case INT32 -> raw.getInt();
                case INT64 -> raw.getLong();
                case STRING,
                        COMPLEX64,
                        FLOAT64,
                        COMPLEX128,
                        UINT64,
                        RESOURCE,
                        VARIANT,
                        UINT32,
                        UINT16,
                        INT4,
                        BFLOAT16 ->
                    throw new PackageException(
                            Reason.BAD_MODEL,
                            "output '" + tensor.name() + "' is of the type "
                                    + tensor.type().text() + ", which cannot be read");
            };
        }
        return numbers;
    }

    /** Two outputs beside each other: how far they are apart, and where. Immutable. */
    private record Comparison(
            boolean quantized, double scale, int worst, double apart, int expectedTop, int actualTop, boolean finite) {

        static Comparison of(Tensor output, double[] expected, double[] actual) {
            Quantization quantization = output.quantization();
            double scale = 1;
            for (int channel = 0; channel < quantization.channels(); channel++) {
                scale = channel == 0 ? quantization.scale(0) : Math.max(scale, quantization.scale(channel));
            }
            int worst = 0;
            double apart = 0;
            boolean finite = true;
            for (int i = 0; i < expected.length; i++) {
                finite &= Double.isFinite(actual[i]) && Double.isFinite(expected[i]);
                double distance = Math.abs(actual[i] - expected[i]);
                if (distance > apart) {
                    worst = i;
                    apart = distance;
                }
            }
            return new Comparison(quantization.isQuantized(), scale, worst, apart, top(expected), top(actual), finite);
        }

        private static int top(double[] numbers) {
            int top = 0;
            for (int i = 1; i < numbers.length; i++) {
                if (numbers[i] > numbers[top]) {
                    top = i;
                }
            }
            return top;
        }

        /** Why it is not near enough; empty where it is. */
        String fault(Tolerance tolerance) {
            if (!finite) {
                return "has a number that is none (NaN or infinite), made or recorded";
            }
            if (tolerance.quanta() != null && !(apart <= tolerance.quanta())) {
                return text() + ", more than " + tolerance.quanta() + " quanta";
            }
            if (tolerance.absolute() != null && !(apart * scale <= tolerance.absolute())) {
                return text() + ", more than " + tolerance.absolute();
            }
            if (tolerance.sameTop() && expectedTop != actualTop) {
                return "is largest at " + actualTop + ", not at " + expectedTop;
            }
            return "";
        }

        String text() {
            if (apart == 0) {
                return "exact";
            }
            String where = String.format(Locale.ROOT, "%.4g apart at %d", apart * scale, worst);
            return quantized ? String.format(Locale.ROOT, "%.0f quanta, ", apart) + where : where;
        }
    }
}
