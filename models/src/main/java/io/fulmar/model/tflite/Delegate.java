package io.fulmar.model.tflite;

/** Who runs the operators of a model. Immutable. */
public enum Delegate {
    /** XNNPACK's optimised kernels; operators that it does not know run on the builtin kernels. */
    XNNPACK,

    /** The builtin kernels alone: slower by a large factor, bit-exact with the reference. */
    NONE
}
