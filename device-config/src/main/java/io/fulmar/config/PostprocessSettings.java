package io.fulmar.config;

/** One step between the model's output and the decision. Immutable. */
public sealed interface PostprocessSettings {

    /** Turns logits into probabilities. Immutable. */
    record Softmax() implements PostprocessSettings {}

    /** Keeps the {@code k} best classes in the record. Immutable. */
    record TopK(int k) implements PostprocessSettings {}

    /** Names classes from the model's labels file. Immutable. */
    record Label() implements PostprocessSettings {}

    /** A best score under {@code min} is called {@code otherwise}. Immutable. */
    record Threshold(double min, String otherwise) implements PostprocessSettings {}

    /** The label changes once {@code k} of the last {@code n} frames agree on another one. Immutable. */
    record Debounce(int k, int n) implements PostprocessSettings {}
}
