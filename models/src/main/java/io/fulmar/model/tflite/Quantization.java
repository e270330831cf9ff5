package io.fulmar.model.tflite;

import java.util.Arrays;

/**
 * How the raw numbers of a tensor stand for real ones: {@code real = scale * (raw - zeroPoint)}, with one pair for the
 * whole tensor or one for each index of one dimension (a channel).
 *
 * <p>Immutable.
 */
public final class Quantization {
    /** Raw numbers stand for themselves. */
    public static final Quantization NONE = new Quantization(new float[0], new int[0], 0);

    private final float[] scales;
    private final int[] zeroPoints;
    private final int dimension;

    Quantization(float[] scales, int[] zeroPoints, int dimension) {
        this.scales = scales;
        this.zeroPoints = zeroPoints;
        this.dimension = dimension;
    }

    public static Quantization perTensor(float scale, int zeroPoint) {
        return new Quantization(new float[] {scale}, new int[] {zeroPoint}, 0);
    }

    public boolean isQuantized() {
        return scales.length > 0;
    }

    public boolean isPerChannel() {
        return scales.length > 1;
    }

    /** How many pairs of scale and zero point there are: 0, 1, or one for each channel. */
    public int channels() {
        return scales.length;
    }

    /** The dimension whose indices are the channels. */
    public int dimension() {
        return dimension;
    }

    public float scale(int channel) {
        return scales[channel];
    }

    public int zeroPoint(int channel) {
        return zeroPoints[channel];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Quantization that
                && dimension == that.dimension
                && Arrays.equals(scales, that.scales)
                && Arrays.equals(zeroPoints, that.zeroPoints);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(scales) + Arrays.hashCode(zeroPoints);
    }

    @Override
    public String toString() {
        if (!isQuantized()) {
            return "none";
        }
        return isPerChannel()
                ? channels() + " channels along dimension " + dimension
                : "scale " + scales[0] + " zero point " + zeroPoints[0];
    }
}
