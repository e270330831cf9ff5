package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.signal.Biquad;
import io.fulmar.agent.signal.Features;
import io.fulmar.agent.signal.MovingAverage;
import io.fulmar.config.PreprocessSettings;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The steps that filter series of numbers and say what they are like. Owned by the pipeline's thread. */
final class SignalSteps {
    private SignalSteps() {}

    static Preprocess.NumberStep average(PreprocessSettings.MovingAverage settings) {
        return new Filter(() -> new MovingAverage(settings.size(), settings.channels())::apply);
    }

    static Preprocess.NumberStep pass(PreprocessSettings.Pass settings) {
        return new Filter(() -> {
            Biquad biquad = settings.high()
                    ? Biquad.highPass(settings.rate(), settings.cutoff(), settings.q(), settings.channels())
                    : Biquad.lowPass(settings.rate(), settings.cutoff(), settings.q(), settings.channels());
            return biquad::apply;
        });
    }

    /** A filter, which begins as a new one does when another series begins. Owned by the pipeline's thread. */
    private static final class Filter implements Preprocess.NumberStep {
        private final Supplier<Consumer<float[]>> maker;
        private Consumer<float[]> filter;

        Filter(Supplier<Consumer<float[]>> maker) {
            this.maker = maker;
            this.filter = maker.get();
        }

        @Override
        public void change(float[] values) {
            filter.accept(values);
        }

        @Override
        public void anew() {
            filter = maker.get();
        }
    }

    static Features features(PreprocessSettings.Features settings, int values) {
        return new Features(
                settings.features().stream().map(SignalSteps::feature).toList(),
                values,
                settings.channels(),
                settings.rate(),
                settings.bands().stream().mapToDouble(Double::doubleValue).toArray());
    }

    static Preprocess.Step step(Features features) {
        float[] result = new float[features.width()];
        Content content = new Content.Values(result);
        return values -> {
            features.apply(((Content.Values) values).values(), result);
            return content;
        };
    }

    private static Features.Feature feature(PreprocessSettings.Features.Feature configured) {
        return switch (configured) {
            case MEAN -> Features.Feature.MEAN;
            case STD -> Features.Feature.STD;
            case RMS -> Features.Feature.RMS;
            case MIN -> Features.Feature.MIN;
            case MAX -> Features.Feature.MAX;
            case PEAK_TO_PEAK -> Features.Feature.PEAK_TO_PEAK;
            case SKEWNESS -> Features.Feature.SKEWNESS;
            case KURTOSIS -> Features.Feature.KURTOSIS;
            case CREST_FACTOR -> Features.Feature.CREST_FACTOR;
        };
    }
}
