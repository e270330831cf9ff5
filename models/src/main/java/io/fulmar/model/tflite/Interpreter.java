package io.fulmar.model.tflite;

import java.util.List;

/** Runs one model. Owned by one thread at a time. */
@SuppressWarnings("DoNotCallSuggester")
public final class Interpreter implements AutoCloseable {
    public static Interpreter open(ModelFile model, InterpreterOptions options) {
        throw new UnsupportedOperationException(model.name() + options);
    }

    public ModelFile model() {
        throw new UnsupportedOperationException();
    }

    public List<Tensor> inputs() {
        throw new UnsupportedOperationException();
    }

    public List<Tensor> outputs() {
        throw new UnsupportedOperationException();
    }

    public Tensor input(int index) {
        throw new UnsupportedOperationException();
    }

    public Tensor input(String name) {
        throw new UnsupportedOperationException();
    }

    public Tensor output(int index) {
        throw new UnsupportedOperationException();
    }

    public Tensor output(String name) {
        throw new UnsupportedOperationException();
    }

    public Signature signature(String key) {
        throw new UnsupportedOperationException();
    }

    public void resizeInput(int index, int... shape) {
        throw new UnsupportedOperationException();
    }

    /** Whether the delegate that was asked for runs at least one operator. */
    public boolean delegated() {
        throw new UnsupportedOperationException();
    }

    public void invoke() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
