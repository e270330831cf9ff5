package io.fulmar.model.explain;

import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.Tensor;

/**
 * One element of a model's first output, as a function of its first input in real values. The other inputs stay as they are. Owned by
 * the owner of the interpreter.
 */
public final class ModelScore implements ScoreFunction {
    private final Interpreter interpreter;
    private final int element;

    /**
     * @param element which element of the output, counted from 0
     * @throws IllegalArgumentException if the output has no such element
     */
    public ModelScore(Interpreter interpreter, int element) {
        int elements = interpreter.output(0).elements();
        if (element < 0 || element >= elements) {
            throw new IllegalArgumentException("there is no element " + element + " among " + elements);
        }
        this.interpreter = interpreter;
        this.element = element;
    }

    @Override
    public double of(float[] input) {
        Tensor tensor = interpreter.input(0);
        tensor.write(input, 0, input.length);
        interpreter.invoke();
        return interpreter.output(0).getReal(element);
    }
}
