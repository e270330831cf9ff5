package io.fulmar.config;

import java.util.ArrayList;
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

    /**
     * Objects in a picture, of which those that overlap others of their class are left out.
     *
     * @param outputs which of the model's outputs those of the format are, in its order
     * @param iou how much of two objects of one class may overlap, as a part of both together
     * @param labelOffset the line of the labels file that has the name of class 0, counted from 0
     * @param only labels of the objects that count; empty for all
     * @param pixels whether the model's numbers are pixels of its input
     * @param otherwise what a frame without objects is called
     *     <p>Immutable.
     */
    record Boxes(
            Format format,
            List<Integer> outputs,
            double min,
            double iou,
            int max,
            int labelOffset,
            List<String> only,
            Scores scores,
            boolean pixels,
            String otherwise)
            implements PostprocessSettings {
        public Boxes {
            outputs = List.copyOf(outputs);
            only = List.copyOf(only);
        }

        /** What the outputs are. */
        public enum Format {
            /** Of the operator TFLite_Detection_PostProcess: boxes, classes, scores, how many. */
            SSD(4),
            /** Boxes as they differ from anchors, and scores with a background class. */
            SSD_RAW(2),
            /** One row for each box: its middle and size, whether there is an object, a score for each class. */
            YOLO_V5(1),
            /** The same turned, without whether there is an object. */
            YOLO_V8(1);

            private final int outputs;

            Format(int outputs) {
                this.outputs = outputs;
            }

            public int outputs() {
                return outputs;
            }
        }

        /** What makes scores of the model's numbers. */
        public enum Scores {
            PLAIN,
            SIGMOID,
            SOFTMAX
        }
    }

    /**
     * Points of one body in a picture.
     *
     * @param logits whether heat maps have to go through a sigmoid
     * @param names of the points; empty where the labels file has them
     * @param min the mean score from which on there is a body
     * @param label what a frame with a body is called
     *     <p>Immutable.
     */
    record Keypoints(
            Form format,
            List<Integer> outputs,
            boolean logits,
            List<String> names,
            double min,
            String label,
            String otherwise)
            implements PostprocessSettings {
        public Keypoints {
            outputs = List.copyOf(outputs);
            names = List.copyOf(names);
        }

        /** What the outputs are. */
        public enum Form {
            /** A row of y, x and score for each point. */
            COORDINATES,
            /** A map for each point, and maybe how far it is from the map's best cell. */
            HEATMAPS
        }
    }

    /**
     * Numbers with names and units, each {@code factor} times the model's and {@code offset} more; the lists are empty, or have a
     * value for all or one for each.
     *
     * @param low below it a quantity is low
     * @param high above it a quantity is high
     *     <p>Immutable.
     */
    record Regression(
            List<String> names,
            List<String> units,
            List<Double> factor,
            List<Double> offset,
            List<Double> low,
            List<Double> high)
            implements PostprocessSettings {
        /** What a frame is called of which no quantity is low or high. */
        public static final String NORMAL = "normal";

        public Regression {
            names = List.copyOf(names);
            units = List.copyOf(units);
            factor = List.copyOf(factor);
            offset = List.copyOf(offset);
            low = List.copyOf(low);
            high = List.copyOf(high);
        }

        /** What a frame may be called: normal, and then each quantity low, and high. */
        public List<String> labels() {
            if (low.isEmpty() && high.isEmpty()) {
                return List.of();
            }
            List<String> labels = new ArrayList<>(List.of(NORMAL));
            for (String name : names) {
                labels.add(name + " low");
                labels.add(name + " high");
            }
            return labels;
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
            case Boxes _ -> "boxes";
            case Keypoints _ -> "keypoints";
            case Regression _ -> "regression";
            case Debounce _ -> "debounce";
        };
    }
}
