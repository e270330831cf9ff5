package io.fulmar.training.evaluate;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;

/** The file that ships, run by the engine that devices run. Owned by one thread; close it. */
public final class TfliteClassifier implements Classifier, AutoCloseable {
    private final Interpreter interpreter;
    private final float[] scores;

    public TfliteClassifier(ModelFile model, Delegate delegate) {
        interpreter = Interpreter.open(model, new InterpreterOptions(1, delegate));
        scores = new float[interpreter.output(0).elements()];
    }

    @Override
    public int label(float[] input) {
        return Classifier.best(scores(input));
    }

    /** The model's answer; the array is overwritten by the next call. */
    public float[] scores(float[] input) {
        interpreter.input(0).write(input, 0, input.length);
        interpreter.invoke();
        interpreter.output(0).read(scores);
        return scores;
    }

    public byte[] rawInput() {
        byte[] raw = new byte[(int) interpreter.input(0).byteSize()];
        interpreter.input(0).readRaw(raw);
        return raw;
    }

    public byte[] rawOutput() {
        byte[] raw = new byte[(int) interpreter.output(0).byteSize()];
        interpreter.output(0).readRaw(raw);
        return raw;
    }

    @Override
    public void close() {
        interpreter.close();
    }
}
