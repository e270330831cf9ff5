package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.config.PreprocessSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The stage between a source's frame and the model's input. Owned by the pipeline's thread. */
final class Preprocess {
    private final List<Step> steps;
    private final FrameForm.Values output;

    /** One step. Owned by the pipeline's thread. */
    interface Step {
        /** What the next step sees, or null if there is nothing for it yet. */
        @Nullable
        Content apply(Content content);
    }

    /** A step that changes numbers in place. Owned by the pipeline's thread. */
    interface NumberStep extends Step {
        void change(float[] values);

        @Override
        default Content apply(Content content) {
            change(((Content.Values) content).values());
            return content;
        }
    }

    /** A step and what it gives. */
    private record Built(Step step, FrameForm gives) {}

    private Preprocess(List<Step> steps, FrameForm.Values output) {
        this.steps = steps;
        this.output = output;
    }

    /**
     * The steps for frames of that form.
     *
     * @throws PipelineException if they do not fit
     */
    static Preprocess of(String pipeline, List<PreprocessSettings> settings, FrameForm frames) {
        List<Step> steps = new ArrayList<>();
        FrameForm form = frames;
        for (int i = 0; i < settings.size(); i++) {
            Place place = new Place(pipeline, i + 1, settings.get(i).type());
            Built built = built(place, settings.get(i), form);
            steps.add(built.step());
            form = built.gives();
        }
        if (!(form instanceof FrameForm.Values values)) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": a model takes numbers, but "
                            + (settings.isEmpty() ? "its source gives " : "the last step of its preprocessing gives ")
                            + form.text(),
                    "add [[pipeline.preprocess]] steps that make numbers of it");
        }
        return new Preprocess(steps, values);
    }

    private static Built built(Place place, PreprocessSettings setting, FrameForm form) {
        return switch (setting) {
            case PreprocessSettings.Normalise normalise -> {
                FrameForm.Values values = place.numbers(form);
                place.divides("mean", normalise.mean().size(), values.size());
                place.divides("std", normalise.std().size(), values.size());
                yield new Built(Affine.normalise(normalise.mean(), normalise.std()), values);
            }
            case PreprocessSettings.ZScore _ -> new Built(new ZScore(), place.numbers(form));
            case PreprocessSettings.Scale scale ->
                new Built(Affine.scale(scale.factor(), scale.offset()), place.numbers(form));
            case PreprocessSettings.Range range -> {
                FrameForm.Values values = place.numbers(form);
                place.divides("min", range.min().size(), values.size());
                place.divides("max", range.max().size(), values.size());
                yield new Built(Affine.range(range.min(), range.max()), values);
            }
            case PreprocessSettings.Window window -> {
                place.hop(window.hop(), place.numbers(form).size());
                yield new Built(new Window(window.size(), window.hop()), new FrameForm.Values(window.size()));
            }
        };
    }

    /** How many numbers the model gets. */
    int outputSize() {
        return output.size();
    }

    /** Whether they are bytes that go into the model as they are. */
    boolean raw() {
        return output.raw();
    }

    /** The model's input, valid until the next frame; null if the window is not full yet. */
    float @Nullable [] apply(Content frame) {
        Content content = frame;
        for (Step step : steps) {
            content = step.apply(content);
            if (content == null) {
                return null;
            }
        }
        return ((Content.Values) content).values();
    }

    /** Where a step stands, for whoever has to change it. Immutable. */
    record Place(String pipeline, int number, String type) {

        /** What comes in, which must be numbers. */
        FrameForm.Values numbers(FrameForm form) {
            if (!(form instanceof FrameForm.Values values)) {
                throw takes("numbers", form, "put a step before it that makes numbers of that");
            }
            if (values.raw()) {
                throw takes("numbers", form, "leave raw = true out of the step before it, or this step");
            }
            return values;
        }

        PipelineException takes(String wanted, FrameForm form, String hint) {
            return wrong("takes " + wanted + ", but gets " + form.text(), hint);
        }

        PipelineException wrong(String what, String hint) {
            return new PipelineException(
                    "pipeline " + pipeline + ": preprocess step " + number + " (" + type + ") " + what, hint);
        }

        private void divides(String key, int channels, int size) {
            if (channels == 0 || size % channels != 0) {
                throw wrong(
                        "does not fit: " + key + " has " + channels + " values, which does not divide a frame of "
                                + size,
                        "give one value for all, or one for each channel of the source");
            }
        }

        private void hop(int hop, int frameSize) {
            if (hop < frameSize) {
                throw wrong(
                        "does not fit: a frame of " + frameSize + " values would complete several windows with hop "
                                + hop,
                        "make hop at least " + frameSize + ", or the source's frames smaller");
            }
        }
    }
}
