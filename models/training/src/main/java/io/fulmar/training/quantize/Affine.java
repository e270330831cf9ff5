package io.fulmar.training.quantize;

/**
 * How an int8 stands for a real number: real = scale · (q − zeroPoint). Immutable.
 */
public record Affine(float scale, int zeroPoint) {
    static final int MIN = -128;
    static final int MAX = 127;

    /** What TensorFlow Lite prescribes for the result of a softmax over int8. */
    public static final Affine SOFTMAX = new Affine(1 / 256f, MIN);

    public Affine {
        if (!(scale > 0) || zeroPoint < MIN || zeroPoint > MAX) {
            throw new IllegalArgumentException("scale " + scale + ", zero point " + zeroPoint);
        }
    }

    /** All 256 values over this range, widened to hold 0, which is met exactly: padding and ReLU depend on it. */
    public static Affine over(float min, float max) {
        double low = Math.min(min, 0);
        double high = Math.max(max, 0);
        if (high - low < 1e-6) {
            return new Affine(1, 0);
        }
        double scale = (high - low) / (MAX - MIN);
        long zeroPoint = Math.round(MIN - low / scale);
        return new Affine((float) scale, Math.clamp(zeroPoint, MIN, MAX));
    }

    /** The nearest value, saturated. */
    public byte quantize(float real) {
        return (byte) Math.clamp(Math.round((double) real / scale) + zeroPoint, MIN, MAX);
    }

    public float dequantize(byte quantized) {
        return scale * (quantized - zeroPoint);
    }
}
