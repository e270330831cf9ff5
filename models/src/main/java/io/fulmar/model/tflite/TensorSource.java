package io.fulmar.model.tflite;

/** Where a {@link Tensor} gets its native memory from. Owned by the interpreter's owner. */
interface TensorSource {
    /** The native tensor; it may move whenever tensors are allocated. */
    long handle();

    /** Allocates the tensors if a change of shape is pending. */
    void prepare();
}
