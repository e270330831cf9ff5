package io.fulmar.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step between a source's frame and the model's input. Immutable. */
public sealed interface PreprocessSettings {

    /** {@code (x - mean) / std}, with one value for all or one a channel. Immutable. */
    record Normalise(List<Double> mean, List<Double> std) implements PreprocessSettings {
        public Normalise {
            mean = List.copyOf(mean);
            std = List.copyOf(std);
        }
    }

    /** Each frame to mean 0 and standard deviation 1 by its own values. Immutable. */
    record ZScore() implements PreprocessSettings {}

    /** {@code x * factor + offset}. Immutable. */
    record Scale(double factor, double offset) implements PreprocessSettings {}

    /** {@code min..max} to {@code 0..1}, clipped, with one value for all or one a channel. Immutable. */
    record Range(List<Double> min, List<Double> max) implements PreprocessSettings {
        public Range {
            min = List.copyOf(min);
            max = List.copyOf(max);
        }
    }

    /** The last {@code size} values, every {@code hop} values. Immutable. */
    record Window(int size, int hop) implements PreprocessSettings {}

    /** A JPEG, PNG or BMP to a picture; one with more pixels is refused. Immutable. */
    record DecodeImage(int maxPixels) implements PreprocessSettings {}

    /** A picture to another size; {@code fill} is red, green and blue of the borders of a letterbox. Immutable. */
    record Resize(int width, int height, Method method, Fit fit, List<Integer> fill) implements PreprocessSettings {
        public Resize {
            fill = List.copyOf(fill);
        }

        /** How a pixel comes to its colour. */
        public enum Method {
            NEAREST,
            BILINEAR,
            AREA
        }

        /** What becomes of a picture with other proportions. */
        public enum Fit {
            STRETCH,
            LETTERBOX,
            CROP
        }
    }

    /** A picture to numbers from 0 to 255; {@code raw} ones go into the model as they are. Immutable. */
    record Pixels(Order order, boolean raw) implements PreprocessSettings {
        /** Which numbers a pixel has, and in which order. */
        public enum Order {
            RGB,
            BGR,
            GREY
        }
    }

    /** A WAV to sound of one channel. Immutable. */
    record DecodeAudio() implements PreprocessSettings {}

    /** Sound to so many samples a second. Immutable. */
    record Resample(int rate) implements PreprocessSettings {}

    /**
     * Numbers to so many samples a second, each sample one number for each channel.
     *
     * @param from samples a second that come; null where {@code clock} says when each came
     * @param clock what the first number of each frame counts; null where they come at a fixed rate
     * @param channels how many numbers a sample has; with a clock, all that come after the time
     * @param gap a longer silence by the clock ends the series, and another begins
     *     <p>Immutable.
     */
    record ResampleSeries(
            double rate, @Nullable Double from, @Nullable Clock clock, Means method, int channels, Duration gap)
            implements PreprocessSettings {
        /** The unit of a time. */
        public enum Clock {
            S,
            MS,
            US
        }

        /** How samples come to their values. */
        public enum Means {
            /** Through a low pass; only from a fixed rate. */
            FILTER,
            /** Between the two samples around them. */
            LINEAR,
            /** The mean of what came in their time. */
            MEAN
        }
    }

    /** Sound of one length to its samples as numbers. Immutable. */
    record Samples() implements PreprocessSettings {}

    /** Sound to spectra of its frames. Immutable. */
    record Spectrum(
            Duration frame,
            Duration hop,
            Curve curve,
            Magnitude values,
            Levels scale,
            double offset,
            @Nullable Mel mel) implements PreprocessSettings {
        /** By what a frame fades in and out. */
        public enum Curve {
            HANN,
            HAMMING,
            RECTANGULAR
        }

        /** What of a frequency counts. */
        public enum Magnitude {
            POWER,
            MAGNITUDE
        }

        /** What is made of each value. */
        public enum Levels {
            LINEAR,
            LN,
            LOG10,
            DECIBEL
        }

        /** Bands on the mel scale, and cepstral coefficients of them; 0 for none. Immutable. */
        public record Mel(int bands, double low, double high, int coefficients) {}
    }

    /** Sound to the features of TensorFlow Lite Micro's speech models; {@code raw} ones go into the model as they are. Immutable. */
    record MicroFrontend(int channels, double low, double high, boolean raw) implements PreprocessSettings {}

    /** The mean of the last {@code size} values of each channel. Immutable. */
    record MovingAverage(int size, int channels) implements PreprocessSettings {}

    /** A low or high pass of second order over each channel. Immutable. */
    record Pass(boolean high, double rate, double cutoff, double q, int channels) implements PreprocessSettings {}

    /** A window of values to numbers that say what it is like, and those of its bands. Immutable. */
    record Features(List<Feature> features, int channels, double rate, List<Double> bands)
            implements PreprocessSettings {
        public Features {
            features = List.copyOf(features);
            bands = List.copyOf(bands);
        }

        /** One such number. */
        public enum Feature {
            MEAN,
            STD,
            RMS,
            MIN,
            MAX,
            PEAK_TO_PEAK,
            SKEWNESS,
            KURTOSIS,
            CREST_FACTOR
        }
    }

    /** What a configuration calls it. */
    default String type() {
        return switch (this) {
            case Normalise _, ZScore _ -> "normalise";
            case Scale _, Range _ -> "scale";
            case Window _ -> "window";
            case MovingAverage _ -> "moving-average";
            case Pass pass -> pass.high() ? "high-pass" : "low-pass";
            case Features _ -> "features";
            case DecodeImage _ -> "decode-image";
            case Resize _ -> "resize";
            case Pixels _ -> "pixels";
            case DecodeAudio _ -> "decode-audio";
            case Resample _, ResampleSeries _ -> "resample";
            case Samples _ -> "samples";
            case Spectrum(var frame, var hop, var curve, var values, var scale, var offset, var mel) ->
                mel == null ? "spectrogram" : mel.coefficients() == 0 ? "mel-spectrogram" : "mfcc";
            case MicroFrontend _ -> "micro-frontend";
        };
    }
}
