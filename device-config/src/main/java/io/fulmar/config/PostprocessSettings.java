package io.fulmar.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /** Turns each output into a probability of its own. Immutable. */
    record Sigmoid() implements PostprocessSettings {}

    /** Turns the classes of pixels into the share of the picture that each class has. Immutable. */
    record Segments() implements PostprocessSettings {}

    /**
     * A best score under {@code min} is called {@code otherwise}, unless its class was said before and still has {@code release}.
     * One value for all classes, or one for each. Immutable.
     */
    record Threshold(List<Double> min, List<Double> release, String otherwise) implements PostprocessSettings {
        public Threshold {
            min = List.copyOf(min);
            release = List.copyOf(release);
        }

        /** One that is the same for all classes and either way. */
        public Threshold(double min, String otherwise) {
            this(List.of(min), List.of(min), otherwise);
        }
    }

    /**
     * Whether the model finds its input strange.
     *
     * @param threshold above it a frame is strange; null where the frames before tell
     * @param deviations so many standard deviations above the mean of the frames before
     * @param memory how many frames those are, about
     * @param warmUp frames of which none is strange, so that there are some before
     *     <p>Immutable.
     */
    record Anomaly(Measure error, @Nullable Double threshold, double deviations, int memory, int warmUp)
            implements PostprocessSettings {
        /** What is compared with the threshold. */
        public enum Measure {
            /** The mean of the squares of what the model's output differs from its input. */
            MSE,
            /** The mean of the magnitudes of that. */
            MAE,
            /** The model's only output. */
            OUTPUT
        }
    }

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
            case Sigmoid _ -> "sigmoid";
            case Segments _ -> "segments";
            case Anomaly _ -> "anomaly";
            case Debounce _ -> "debounce";
        };
    }
}
