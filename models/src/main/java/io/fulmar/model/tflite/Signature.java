package io.fulmar.model.tflite;

import java.util.List;

/** A named entry point of a model. Owned by the interpreter's owner. */
@SuppressWarnings("DoNotCallSuggester")
public final class Signature {
    public String key() {
        throw new UnsupportedOperationException();
    }

    public List<Tensor> inputs() {
        throw new UnsupportedOperationException();
    }

    public List<Tensor> outputs() {
        throw new UnsupportedOperationException();
    }

    public Tensor input(String name) {
        throw new UnsupportedOperationException(name);
    }

    public Tensor output(String name) {
        throw new UnsupportedOperationException(name);
    }

    public void resizeInput(String name, int... shape) {
        throw new UnsupportedOperationException(name);
    }

    public void invoke() {
        throw new UnsupportedOperationException();
    }
}
