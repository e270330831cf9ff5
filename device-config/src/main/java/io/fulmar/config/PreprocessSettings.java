package io.fulmar.config;

import java.util.List;

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

    /** What a configuration calls it. */
    default String type() {
        return switch (this) {
            case Normalise _, ZScore _ -> "normalise";
            case Scale _, Range _ -> "scale";
            case Window _ -> "window";
        };
    }
}
