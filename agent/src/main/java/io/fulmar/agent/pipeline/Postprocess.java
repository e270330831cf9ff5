package io.fulmar.agent.pipeline;

import io.fulmar.agent.media.View;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.sync.wire.Score;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The stage between the model's output and the decision. Owned by the pipeline's thread. */
final class Postprocess {
    private final List<Step> steps;
    private final boolean classifies;
    private final int recorded;
    private final boolean names;
    private final boolean finds;
    private final Outcome outcome = new Outcome();

    /** One step. Owned by the pipeline's thread. */
    interface Step {
        void apply(Outcome outcome);
    }

    private Postprocess(List<Step> steps, boolean classifies, int recorded, boolean names, boolean finds) {
        this.finds = finds;
        this.steps = steps;
        this.classifies = classifies;
        this.recorded = recorded;
        this.names = names;
    }

    /**
     * The steps for outputs of those sizes.
     *
     * @throws PipelineException if the model does not fit them
     */
    static Postprocess of(String pipeline, List<PostprocessSettings> settings, LoadedModel model, int[] outputSizes) {
        List<Step> steps = new ArrayList<>();
        int output = selected(pipeline, settings, model, outputSizes.length);
        int outputSize = outputSizes[Math.max(0, output)];
        boolean classifies = settings.size() > (output < 0 ? 0 : 1);
        if (classifies && output < 0 && outputSizes.length > 1 && !takesSeveral(settings.getFirst())) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": model " + model.ref().name() + " has " + outputSizes.length
                            + " outputs, and postprocess step 1 ("
                            + settings.getFirst().type() + ") judges one",
                    "put a step of type = \"output\" before it, which says the index of that one");
        }
        Step finder = finder(pipeline, settings, model, outputSize);
        int classes = classes(settings, finder, model, Math.max(0, output), outputSize);
        for (PostprocessSettings setting : settings) {
            steps.add(
                    switch (setting) {
                        case PostprocessSettings.Output selected -> outcome -> outcome.select(selected.index());
                        case PostprocessSettings.Softmax _ -> Postprocess::softmax;
                        case PostprocessSettings.TopK top -> new TopK(top.k(), classes, model.labels());
                        case PostprocessSettings.Sigmoid _ -> Postprocess::sigmoid;
                        case PostprocessSettings.Segments _ ->
                            segments(pipeline, model, Math.max(0, output), outputSize);
                        case PostprocessSettings.Anomaly anomaly -> anomaly(pipeline, anomaly, model, outputSize);
                        case PostprocessSettings.Boxes _,
                                PostprocessSettings.Keypoints _,
                                PostprocessSettings.Regression _ -> Objects.requireNonNull(finder);
                        case PostprocessSettings.Threshold threshold -> new Threshold(pipeline, threshold, classes);
                        case PostprocessSettings.Label _ -> label(pipeline, model, classes);
                        case PostprocessSettings.Debounce debounce -> new Debounce(debounce.k(), debounce.n(), classes);
                    });
        }
        boolean names = settings.stream()
                .anyMatch(setting -> setting instanceof PostprocessSettings.Label
                        || setting instanceof PostprocessSettings.Threshold
                        || setting instanceof PostprocessSettings.Anomaly
                        || setting instanceof PostprocessSettings.Boxes
                        || setting instanceof PostprocessSettings.Keypoints
                        || (setting instanceof PostprocessSettings.Regression regression
                                && !regression.labels().isEmpty()));
        return new Postprocess(
                steps, classifies, output < 0 ? IntStream.of(outputSizes).sum() : outputSize, names, finder != null);
    }

    private static boolean takesSeveral(PostprocessSettings first) {
        return first instanceof PostprocessSettings.Boxes || first instanceof PostprocessSettings.Keypoints;
    }

    /** The step that finds more than classes; null where there is none. */
    private static @Nullable Step finder(
            String pipeline, List<PostprocessSettings> settings, LoadedModel model, int outputSize) {
        for (PostprocessSettings setting : settings) {
            if (setting instanceof PostprocessSettings.Boxes boxes) {
                return Boxes.of(pipeline, boxes, model);
            }
            if (setting instanceof PostprocessSettings.Keypoints keypoints) {
                return Keypoints.of(pipeline, keypoints, model);
            }
            if (setting instanceof PostprocessSettings.Regression regression) {
                return regression(pipeline, regression, model, outputSize);
            }
        }
        return null;
    }

    private static Step regression(
            String pipeline, PostprocessSettings.Regression settings, LoadedModel model, int outputSize) {
        if (settings.names().size() != outputSize) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": model " + model.ref().name() + " gives " + outputSize
                            + " numbers, and names of the step regression has "
                            + settings.names().size(),
                    "give it one name for each number");
        }
        return new Regression(settings);
    }

    /** How many classes there are after the steps that make scores of the output. */
    private static int classes(
            List<PostprocessSettings> settings, @Nullable Step finder, LoadedModel model, int output, int outputSize) {
        if (finder != null) {
            return finder instanceof Boxes boxes ? boxes.classes() : 1 + 2 * outputSize;
        }
        for (PostprocessSettings setting : settings) {
            if (setting instanceof PostprocessSettings.Segments) {
                int[] shape = model.interpreter().output(output).shape();
                return shape.length == 0 ? 1 : shape[shape.length - 1];
            }
            if (setting instanceof PostprocessSettings.Anomaly) {
                return 2;
            }
        }
        return outputSize;
    }

    private static Step segments(String pipeline, LoadedModel model, int output, int outputSize) {
        int[] shape = model.interpreter().output(output).shape();
        if (shape.length < 3) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": the output of model "
                            + model.ref().name() + " has the shape " + Arrays.toString(shape)
                            + ", and segments are [1, height, width, classes]",
                    "leave the step segments out, or select another output");
        }
        return new Segments(shape[shape.length - 1], outputSize);
    }

    private static Step anomaly(
            String pipeline, PostprocessSettings.Anomaly settings, LoadedModel model, int outputSize) {
        boolean itself = settings.error() == PostprocessSettings.Anomaly.Measure.OUTPUT;
        int wanted = itself ? 1 : model.interpreter().input(0).elements();
        if (outputSize != wanted) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": model " + model.ref().name() + " gives " + outputSize
                            + " numbers, and an anomaly by "
                            + (itself
                                    ? "its output needs one"
                                    : "what it reconstructs needs " + wanted + ", as many as go in"),
                    "give the step anomaly another error, or take another model");
        }
        return new Anomaly(settings, model.interpreter().input(0));
    }

    /** The output that the first step selects; -1 where none does. */
    private static int selected(String pipeline, List<PostprocessSettings> settings, LoadedModel model, int outputs) {
        if (settings.isEmpty() || !(settings.getFirst() instanceof PostprocessSettings.Output(int index))) {
            return -1;
        }
        if (index >= outputs) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": postprocess step 1 (output) selects output " + index + ", but model "
                            + model.ref().name() + " has " + outputs + ", counted from 0",
                    "give it an index of 0 to " + (outputs - 1));
        }
        return index;
    }

    /** Whether frames get names. */
    boolean names() {
        return names;
    }

    /** Whether there is more to say of a frame than the model's numbers. */
    boolean classifies() {
        return classifies;
    }

    /** How many numbers a record keeps where that is all. */
    int recorded() {
        return recorded;
    }

    /** Whether it looks for more than classes. */
    boolean finds() {
        return finds;
    }

    /**
     * What the scores mean, valid until the next frame.
     *
     * @param view what the model saw of the frame's picture
     */
    Outcome apply(List<float[]> outputs, View view) {
        outcome.of(outputs, view);
        for (Step step : steps) {
            step.apply(outcome);
        }
        return outcome;
    }

    private static void softmax(Outcome outcome) {
        float[] scores = outcome.scores();
        float max = outcome.score();
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) Math.exp(scores[i] - max);
            sum += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (scores[i] / sum);
        }
        outcome.score(scores[outcome.index()]);
    }

    private static void sigmoid(Outcome outcome) {
        float[] scores = outcome.scores();
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (1 / (1 + Math.exp(-scores[i])));
        }
        outcome.score(scores[outcome.index()]);
    }

    private static Step label(String pipeline, LoadedModel model, int outputSize) {
        List<String> labels = model.labels();
        if (labels.size() != outputSize) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": model " + model.ref().name() + " has " + outputSize
                            + " classes, but its labels file names " + labels.size(),
                    "give it the labels file that belongs to it, one line a class");
        }
        return outcome -> {
            if (outcome.index() != Outcome.NO_CLASS) {
                outcome.label(outcome.index(), labels.get(outcome.index()));
            }
        };
    }

    /** Puts the best classes into the outcome, best first. Owned by the pipeline's thread. */
    private static final class TopK implements Step {
        private final int[] best;
        private final List<String> labels;

        TopK(int k, int outputSize, List<String> labels) {
            this.best = new int[Math.min(k, outputSize)];
            this.labels = labels;
        }

        @Override
        public void apply(Outcome outcome) {
            float[] scores = outcome.scores();
            int found = 0;
            for (int i = 0; i < scores.length; i++) {
                if (found == best.length && scores[i] <= scores[best[found - 1]]) {
                    continue;
                }
                int at = found == best.length ? found - 1 : found++;
                while (at > 0 && scores[best[at - 1]] < scores[i]) {
                    best[at] = best[at - 1];
                    at--;
                }
                best[at] = i;
            }
            List<Score> top = new ArrayList<>(found);
            for (int index : best) {
                top.add(new Score(index < labels.size() ? labels.get(index) : "", index, scores[index]));
            }
            outcome.top(top);
        }
    }
}
