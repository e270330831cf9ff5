package io.fulmar.agent.pipeline;

import java.util.List;

/** {@code x * factor + offset} for each channel in turn, clipped where the settings say so. Owned by the pipeline's thread. */
final class Affine implements Preprocess.NumberStep {
    private final float[] factors;
    private final float[] offsets;
    private final boolean clipped;

    private Affine(float[] factors, float[] offsets, boolean clipped) {
        this.factors = factors;
        this.offsets = offsets;
        this.clipped = clipped;
    }

    static Affine scale(double factor, double offset) {
        return new Affine(new float[] {(float) factor}, new float[] {(float) offset}, false);
    }

    /** {@code (x - mean) / std}. */
    static Affine normalise(List<Double> mean, List<Double> std) {
        int channels = Math.max(mean.size(), std.size());
        float[] factors = new float[channels];
        float[] offsets = new float[channels];
        for (int i = 0; i < channels; i++) {
            double deviation = std.get(i % std.size());
            factors[i] = (float) (1 / deviation);
            offsets[i] = (float) (-mean.get(i % mean.size()) / deviation);
        }
        return new Affine(factors, offsets, false);
    }

    /** {@code min..max} to {@code 0..1}. */
    static Affine range(List<Double> min, List<Double> max) {
        int channels = Math.max(min.size(), max.size());
        float[] factors = new float[channels];
        float[] offsets = new float[channels];
        for (int i = 0; i < channels; i++) {
            double from = min.get(i % min.size());
            double span = max.get(i % max.size()) - from;
            factors[i] = (float) (1 / span);
            offsets[i] = (float) (-from / span);
        }
        return new Affine(factors, offsets, true);
    }

    @Override
    public void change(float[] values) {
        int channels = factors.length;
        for (int i = 0; i < values.length; i++) {
            int channel = channels == 1 ? 0 : i % channels;
            float value = values[i] * factors[channel] + offsets[channel];
            values[i] = clipped ? Math.min(1f, Math.max(0f, value)) : value;
        }
    }
}
