package io.fulmar.model.tflite;

import io.fulmar.model.tflite.ModelDescription.SignatureDescription;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A named entry point of a model, with its own names for inputs and outputs.
 *
 * <p>Owned by the owner of the {@link Interpreter} that it came from, and ends with it.
 */
public final class Signature {
    private final Interpreter interpreter;
    private final SignatureDescription description;
    private final long runner;
    private final Arena names;
    private final List<Tensor> inputs;
    private final List<Tensor> outputs;

    Signature(Interpreter interpreter, SignatureDescription description, long runner, Arena names) {
        this.interpreter = interpreter;
        this.description = description;
        this.runner = runner;
        this.names = names;
        List<Tensor> in = new ArrayList<>();
        for (TensorDescription input : description.inputs()) {
            long name = names.allocateFrom(input.name()).address();
            in.add(new Tensor(input, interpreter.source(() -> TfLite.runnerInput(runner, name))));
        }
        List<Tensor> out = new ArrayList<>();
        for (TensorDescription output : description.outputs()) {
            long name = names.allocateFrom(output.name()).address();
            out.add(new Tensor(output, interpreter.source(() -> TfLite.runnerOutput(runner, name))));
        }
        inputs = List.copyOf(in);
        outputs = List.copyOf(out);
    }

    public String key() {
        return description.key();
    }

    /** The inputs in the order of the model file. */
    public List<Tensor> inputs() {
        return inputs;
    }

    /** The outputs in the order of the model file. */
    public List<Tensor> outputs() {
        return outputs;
    }

    public Tensor input(String name) {
        return Interpreter.named(inputs, name, "input");
    }

    public Tensor output(String name) {
        return Interpreter.named(outputs, name, "output");
    }

    /** Changes the shape of an input; the tensors are allocated anew at their next use. */
    public void resizeInput(String name, int... shape) {
        Tensor input = input(name);
        Interpreter.requireShape(input, shape);
        interpreter.resize(() -> {
            try (Arena arena = Arena.ofConfined()) {
                return TfLite.runnerResize(runner, arena.allocateFrom(name).address(), shape);
            }
        });
    }

    /** Runs this entry point on what its inputs hold. */
    public void invoke() {
        interpreter.invoke(this);
    }

    /** The subgraph that the signature stands for; 0 is the one that the interpreter runs. */
    int subgraph() {
        return description.subgraph();
    }

    int allocate() {
        return TfLite.runnerAllocate(runner);
    }

    int run() {
        return TfLite.runnerInvoke(runner);
    }

    /** Must come before the native interpreter is deleted. */
    void delete() {
        TfLite.runnerDelete(runner);
        names.close();
    }
}
