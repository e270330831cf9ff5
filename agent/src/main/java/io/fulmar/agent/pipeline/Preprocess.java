package io.fulmar.agent.pipeline;

import io.fulmar.config.PreprocessSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The stage between a source's frame and the model's input. Owned by the pipeline's thread. */
final class Preprocess {
    private final List<Step> steps;
    private final int outputSize;

    /** One step; it may change the values in place. Owned by the pipeline's thread. */
    interface Step {
        /** What the next step sees, or null if there is nothing for it yet. */
        float @Nullable [] apply(float[] values);
    }

    private Preprocess(List<Step> steps, int outputSize) {
        this.steps = steps;
        this.outputSize = outputSize;
    }

    /**
     * The steps for frames of {@code frameSize} values.
     *
     * @throws PipelineException if they do not fit
     */
    static Preprocess of(String pipeline, List<PreprocessSettings> settings, int frameSize) {
        List<Step> steps = new ArrayList<>();
        int size = frameSize;
        for (PreprocessSettings setting : settings) {
            steps.add(
                    switch (setting) {
                        case PreprocessSettings.Normalise normalise -> {
                            fits(pipeline, "mean", normalise.mean().size(), size);
                            fits(pipeline, "std", normalise.std().size(), size);
                            yield Affine.normalise(normalise.mean(), normalise.std());
                        }
                        case PreprocessSettings.ZScore _ -> new ZScore();
                        case PreprocessSettings.Scale scale -> Affine.scale(scale.factor(), scale.offset());
                        case PreprocessSettings.Range range -> {
                            fits(pipeline, "min", range.min().size(), size);
                            fits(pipeline, "max", range.max().size(), size);
                            yield Affine.range(range.min(), range.max());
                        }
                        case PreprocessSettings.Window window -> window(pipeline, window, size);
                    });
            size = setting instanceof PreprocessSettings.Window window ? window.size() : size;
        }
        return new Preprocess(steps, size);
    }

    int outputSize() {
        return outputSize;
    }

    /** The model's input, valid until the next frame; null if the window is not full yet. */
    float @Nullable [] apply(float[] frame) {
        float[] values = frame;
        for (Step step : steps) {
            values = step.apply(values);
            if (values == null) {
                return null;
            }
        }
        return values;
    }

    private static Step window(String pipeline, PreprocessSettings.Window window, int frameSize) {
        if (window.hop() < frameSize) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": a frame of " + frameSize
                            + " values would complete several windows with hop " + window.hop(),
                    "make hop at least " + frameSize + ", or the source's frames smaller");
        }
        return new Window(window.size(), window.hop());
    }

    private static void fits(String pipeline, String key, int channels, int size) {
        if (channels == 0 || size % channels != 0) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": " + key + " has " + channels
                            + " values, which does not divide a frame of " + size,
                    "give one value for all, or one for each channel of the source");
        }
    }
}
