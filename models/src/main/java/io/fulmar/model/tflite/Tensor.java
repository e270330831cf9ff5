package io.fulmar.model.tflite;

import java.lang.foreign.MemorySegment;

/** An input or output of an {@link Interpreter}: a view on native memory. Owned by the interpreter's owner. */
@SuppressWarnings("DoNotCallSuggester")
public final class Tensor {
    public String name() {
        throw new UnsupportedOperationException();
    }

    public TensorType type() {
        throw new UnsupportedOperationException();
    }

    public int[] shape() {
        throw new UnsupportedOperationException();
    }

    public Quantization quantization() {
        throw new UnsupportedOperationException();
    }

    public long byteSize() {
        throw new UnsupportedOperationException();
    }

    public int elements() {
        throw new UnsupportedOperationException();
    }

    public float getReal(int index) {
        throw new UnsupportedOperationException();
    }

    public void setReal(int index, float value) {
        throw new UnsupportedOperationException();
    }

    public void write(float[] reals, int from, int length) {
        throw new UnsupportedOperationException();
    }

    public void read(float[] into) {
        throw new UnsupportedOperationException();
    }

    public void writeRaw(byte[] raw) {
        throw new UnsupportedOperationException();
    }

    public void writeRaw(MemorySegment raw) {
        throw new UnsupportedOperationException();
    }

    public void readRaw(byte[] into) {
        throw new UnsupportedOperationException();
    }
}
