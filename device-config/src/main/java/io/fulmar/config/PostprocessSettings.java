package io.fulmar.config;

/** One step between the model's output and the decision. Immutable. */
public sealed interface PostprocessSettings {

    /** Of several outputs of the model, only this one counts. Immutable. */
    record Output(int index) implements PostprocessSettings {}

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

    /** What a configuration calls it. */
    default String type() {
        return switch (this) {
            case Output _ -> "output";
            case Softmax _ -> "softmax";
            case TopK _ -> "top-k";
            case Label _ -> "label";
            case Threshold _ -> "threshold";
            case Debounce _ -> "debounce";
        };
    }
}
