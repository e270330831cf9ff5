package io.fulmar.agent.pipeline;

import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.model.tflite.TensorType;
import java.util.Arrays;
import java.util.List;

/** The stage that runs the model, with the buffers it needs for it. Owned by the pipeline's thread. */
final class Inference {
    private static final String STAGE = "infer";
    private static final int EXPONENT = 0x7F80_0000;
    private static final long DIGEST_START = 0xCBF2_9CE4_8422_2325L;
    private static final long DIGEST_PRIME = 0x0000_0100_0000_01B3L;

    private final Interpreter interpreter;
    private final Tensor input;
    private final List<Tensor> outputs;
    private final List<float[]> results;
    private final boolean raw;
    private final float scale;
    private final int zeroPoint;
    private final int lowest;
    private long digest;
    private long micros;

    private Inference(Interpreter interpreter, Tensor input, boolean raw) {
        this.interpreter = interpreter;
        this.input = input;
        this.outputs = interpreter.outputs();
        this.results =
                outputs.stream().map(output -> new float[output.elements()]).toList();
        this.raw = raw;
        boolean quantized = input.quantization().isQuantized();
        this.scale = quantized ? input.quantization().scale(0) : 1;
        this.zeroPoint = quantized ? input.quantization().zeroPoint(0) : 0;
        this.lowest = input.type() == TensorType.INT8 ? Byte.MIN_VALUE : 0;
    }

    /**
     * Inference on frames of {@code frameSize} values.
     *
     * @param raw whether they are bytes that go into the model as they are
     * @throws PipelineException if the model does not take such frames
     */
    static Inference of(String pipeline, LoadedModel model, int frameSize, boolean raw) {
        Interpreter interpreter = model.interpreter();
        String what = "pipeline " + pipeline + ": model " + model.ref().name();
        if (interpreter.inputs().size() != 1) {
            throw new PipelineException(
                    what + " has " + interpreter.inputs().size() + " inputs; a pipeline runs models with one",
                    "choose another model, or join its inputs when converting it");
        }
        for (Tensor output : interpreter.outputs()) {
            if (!output.isAvailable()) {
                throw new PipelineException(
                        what + " says the size of its output '" + output.name() + "' only when it has run",
                        "convert it with outputs of fixed sizes");
            }
        }
        Tensor input = interpreter.input(0);
        if (input.elements() != frameSize) {
            throw new PipelineException(
                    what + " takes " + input.elements() + " values ("
                            + input.type().text() + " "
                            + Arrays.toString(input.shape()) + "), but its frames have " + frameSize
                            + " after preprocessing",
                    "make the source's frames " + input.elements()
                            + " values long, or end [[pipeline.preprocess]] with type = \"window\", size = "
                            + input.elements());
        }
        if (raw && !takesBytes(input)) {
            throw new PipelineException(
                    what + " takes no bytes as they are: its input is "
                            + input.type().text() + ", " + input.quantization(),
                    "leave raw = true out of [[pipeline.preprocess]]; numbers are quantized by themselves");
        }
        return new Inference(interpreter, input, raw);
    }

    private static boolean takesBytes(Tensor input) {
        return (input.type() == TensorType.UINT8 || input.type() == TensorType.INT8)
                && !input.quantization().isPerChannel();
    }

    /** How many values each output has. */
    int[] outputSizes() {
        return results.stream().mapToInt(result -> result.length).toArray();
    }

    /** What the last run was of, which the tensor still holds. */
    float[] given() {
        float[] values = new float[input.elements()];
        input.read(values);
        return values;
    }

    int[] inputShape() {
        return input.shape();
    }

    /** Looks at what the next run is of, and makes raw bytes what they stand for; what fails here is not the model's doing. */
    void check(float[] values) {
        if (raw) {
            for (int i = 0; i < values.length; i++) {
                values[i] = scale * (values[i] + lowest - zeroPoint);
            }
        }
        digest = digestOf(values);
    }

    /** The model's outputs as real numbers, valid until the next run, of what was checked. */
    List<float[]> run(float[] values, Tally tally, Breadcrumbs.Slot crumb) {
        try {
            input.write(values, 0, values.length);
            long start = System.nanoTime();
            tally.runs(start);
            crumb.enter(digest);
            try {
                interpreter.invoke();
            } finally {
                crumb.leave();
                tally.ran();
            }
            micros = (System.nanoTime() - start) / 1_000;
            for (int i = 0; i < results.size(); i++) {
                outputs.get(i).read(results.get(i));
            }
        } catch (ModelException e) {
            throw new StageException(STAGE, "model", String.valueOf(e.getMessage()));
        }
        for (int i = 0; i < results.size(); i++) {
            requireFinite(results.get(i), i);
        }
        return results;
    }

    private void requireFinite(float[] result, int output) {
        for (int i = 0; i < result.length; i++) {
            if (!Float.isFinite(result[i])) {
                throw new StageException(
                        STAGE,
                        "output not finite",
                        "output "
                                + (results.size() == 1
                                        ? ""
                                        : outputs.get(output).name() + " ") + i + " of the model is " + result[i]);
            }
        }
    }

    /** FNV-1a over the bits of the input's values, by which a fleet finds the same input again. */
    long digest() {
        return digest;
    }

    /** How long the model took for the last run. */
    long micros() {
        return micros;
    }

    private static long digestOf(float[] values) {
        long hash = DIGEST_START;
        for (int i = 0; i < values.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            if ((bits & EXPONENT) == EXPONENT) {
                throw new StageException(STAGE, "input not finite", "input " + i + " of the model is " + values[i]);
            }
            hash = (hash ^ (bits & 0xFFFF_FFFFL)) * DIGEST_PRIME;
        }
        return hash;
    }
}
