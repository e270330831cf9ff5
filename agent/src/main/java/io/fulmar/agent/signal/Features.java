package io.fulmar.agent.signal;

import java.util.List;

/** Numbers that say what a window of samples is like. Owned by whoever makes it. */
public final class Features {
    private final List<Feature> features;
    private final int channels;
    private final int samples;
    private final double rate;
    private final double[] edges;
    private final Fft fft;
    private final double[] channel;
    private final double[] powers;

    /** One such number. */
    public enum Feature {
        MEAN,
        /** The standard deviation of all. */
        STD,
        /** The root of the mean square. */
        RMS,
        MIN,
        MAX,
        PEAK_TO_PEAK,
        SKEWNESS,
        /** Excess kurtosis: zero of a normal distribution. */
        KURTOSIS,
        /** The largest magnitude divided by the root of the mean square. */
        CREST_FACTOR
    }

    /**
     * Of windows of so many values of several channels in turn.
     *
     * @param rate samples a second of each channel, by which {@code edges} are understood
     * @param edges Hz between which bands lie; of each the root mean square of what it holds
     */
    public Features(List<Feature> features, int values, int channels, double rate, double[] edges) {
        this.features = List.copyOf(features);
        this.channels = channels;
        this.samples = values / channels;
        this.rate = rate;
        this.edges = edges.clone();
        this.fft = new Fft(Fft.sizeFor(samples));
        this.channel = new double[samples];
        this.powers = new double[fft.bins()];
    }

    /** How many numbers there are: of the first channel the features and bands, then of the next. */
    public int width() {
        return channels * (features.size() + Math.max(0, edges.length - 1));
    }

    public void apply(float[] values, float[] result) {
        int at = 0;
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < samples; i++) {
                channel[i] = values[i * channels + c];
            }
            at = features(result, at);
            at = bands(result, at);
        }
    }

    private int features(float[] result, int from) {
        int at = from;
        double sum = 0;
        double squares = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (double value : channel) {
            sum += value;
            squares += value * value;
            min = Math.min(min, value);
            max = Math.max(max, value);
        }
        double mean = sum / samples;
        double second = 0;
        double third = 0;
        double fourth = 0;
        for (double value : channel) {
            double apart = value - mean;
            second += apart * apart;
            third += apart * apart * apart;
            fourth += apart * apart * apart * apart;
        }
        double variance = second / samples;
        double rms = Math.sqrt(squares / samples);
        for (Feature feature : features) {
            result[at++] = (float)
                    switch (feature) {
                        case MEAN -> mean;
                        case STD -> Math.sqrt(variance);
                        case RMS -> rms;
                        case MIN -> min;
                        case MAX -> max;
                        case PEAK_TO_PEAK -> max - min;
                        case SKEWNESS -> variance == 0 ? 0 : third / samples / Math.pow(variance, 1.5);
                        case KURTOSIS -> variance == 0 ? 0 : fourth / samples / (variance * variance) - 3;
                        case CREST_FACTOR -> rms == 0 ? 0 : Math.max(max, -min) / rms;
                    };
        }
        return at;
    }

    /** By Parseval: what all bands hold together is the root mean square of the window. */
    private int bands(float[] result, int from) {
        if (edges.length < 2) {
            return from;
        }
        int at = from;
        fft.power(channel, samples, powers);
        int size = 2 * (fft.bins() - 1);
        for (int band = 0; band + 1 < edges.length; band++) {
            double sum = 0;
            for (int bin = 0; bin < powers.length; bin++) {
                double hertz = bin * rate / size;
                if (hertz >= edges[band] && hertz < edges[band + 1]) {
                    sum += powers[bin] * (bin == 0 || bin == powers.length - 1 ? 1 : 2);
                }
            }
            result[at++] = (float) Math.sqrt(sum / size / samples);
        }
        return at;
    }
}
