package io.fulmar.agent.pipeline;

import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.Tensor;
import java.util.Arrays;

/** The stage that runs the model, with the buffers it needs for it. Owned by the pipeline's thread. */
final class Inference {
    private static final String STAGE = "infer";
    private static final int EXPONENT = 0x7F80_0000;
    private static final long DIGEST_START = 0xCBF2_9CE4_8422_2325L;
    private static final long DIGEST_PRIME = 0x0000_0100_0000_01B3L;

    private final Interpreter interpreter;
    private final Tensor input;
    private final Tensor output;
    private final float[] scores;
    private long digest;
    private long micros;

    private Inference(Interpreter interpreter, Tensor input, Tensor output) {
        this.interpreter = interpreter;
        this.input = input;
        this.output = output;
        this.scores = new float[output.elements()];
    }

    /**
     * Inference on frames of {@code frameSize} values.
     *
     * @throws PipelineException if the model does not take such frames
     */
    static Inference of(String pipeline, LoadedModel model, int frameSize) {
        Interpreter interpreter = model.interpreter();
        String what = "pipeline " + pipeline + ": model " + model.ref().name();
        if (interpreter.inputs().size() != 1 || interpreter.outputs().size() != 1) {
            throw new PipelineException(
                    what + " has " + interpreter.inputs().size() + " inputs and "
                            + interpreter.outputs().size() + " outputs; a pipeline runs models with one of each",
                    "choose another model, or join its inputs when converting it");
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
        return new Inference(interpreter, input, interpreter.output(0));
    }

    /** How many values {@link #run} returns. */
    int outputSize() {
        return scores.length;
    }

    int[] inputShape() {
        return input.shape();
    }

    /** Looks at what the next run is of; what fails here is not the model's doing. */
    void check(float[] values) {
        digest = digestOf(values);
    }

    /** The model's output as real numbers, valid until the next run, of what was checked. */
    float[] run(float[] values, Tally tally, Breadcrumbs.Slot crumb) {
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
            output.read(scores);
        } catch (ModelException e) {
            throw new StageException(STAGE, "model", String.valueOf(e.getMessage()));
        }
        for (int i = 0; i < scores.length; i++) {
            if (!Float.isFinite(scores[i])) {
                throw new StageException(STAGE, "output not finite", "output " + i + " of the model is " + scores[i]);
            }
        }
        return scores;
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
