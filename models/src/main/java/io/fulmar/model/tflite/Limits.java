package io.fulmar.model.tflite;

/** The bounds of everything in a model file that could grow without one. Immutable. */
final class Limits {
    /** Bytes of a model file; offsets inside one are signed 32-bit numbers. */
    static final long MAX_MODEL_BYTES = 1L << 30;

    /** Bytes of one tensor: far above what an edge model needs, far below what makes an allocation fail. */
    static final long MAX_TENSOR_BYTES = 1L << 29;

    /** Bytes of all tensors of one subgraph that are not constants of the file. */
    static final long MAX_ACTIVATION_BYTES = 1L << 31;

    static final int MAX_RANK = 16;
    static final int MAX_SUBGRAPHS = 1 << 10;
    static final int MAX_TENSORS = 1 << 18;
    static final int MAX_OPERATORS = 1 << 18;
    static final int MAX_BUFFERS = 1 << 19;
    static final int MAX_SIGNATURES = 1 << 10;
    static final int MAX_METADATA = 1 << 12;
    static final int MAX_TEXT_BYTES = 1 << 20;
    static final int MAX_THREADS = 64;

    /** Messages of the native library that are kept for the text of a {@link ModelException}. */
    static final int MAX_NATIVE_MESSAGES = 16;

    private Limits() {}
}
