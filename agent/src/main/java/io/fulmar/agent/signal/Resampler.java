package io.fulmar.agent.signal;

import java.util.Arrays;

/**
 * Brings samples to another rate: by a whole number up, through a low pass, and by a whole number down, as
 * {@code scipy.signal.resample_poly} does it with the filter that it makes by itself. Owned by whoever makes it.
 */
public final class Resampler {
    /** The largest factor, so that a filter has a bound; all rates of sound cards stay below it. */
    public static final int MOST = 1_024;

    private static final double KAISER = 5;

    private final int up;
    private final int down;
    private final int half;
    private final double[] filter;
    /** Samples that outputs still need; the first is number {@link #first} of all. */
    private float[] held = {};

    private int count;
    private long first;
    private long next;

    private Resampler(int up, int down) {
        this.up = up;
        this.down = down;
        this.half = 10 * Math.max(up, down);
        this.filter = filter();
    }

    /** Whether these rates can be brought to each other. */
    public static boolean possible(int from, int to) {
        int divisor = divisor(from, to);
        return Math.max(from / divisor, to / divisor) <= MOST;
    }

    /** One for these rates, which must be possible. */
    public static Resampler of(int from, int to) {
        int divisor = divisor(from, to);
        return new Resampler(to / divisor, from / divisor);
    }

    private static int divisor(int one, int other) {
        return other == 0 ? one : divisor(other, one % other);
    }

    /** A whole sound, which is silent before it begins and after it ends. */
    public float[] whole(float[] samples) {
        reset();
        int length = (int) (((long) samples.length * up + down - 1) / down);
        float[] result = new float[length];
        take(samples);
        first = 0;
        for (int i = 0; i < length; i++) {
            result[i] = at(i);
        }
        reset();
        return result;
    }

    /** The next part of a stream; what still needs samples that come later is given later. */
    public float[] next(float[] samples) {
        take(samples);
        long known = first + count;
        float[] result = new float[(int) Math.max(0, (known * up - half - next * down) / down + 2)];
        int given = 0;
        while ((next * down + half) / up < known) {
            result[given++] = at(next++);
        }
        long oldest = Math.max(0, (next * down - half + up - 1) / up);
        int gone = Math.clamp(oldest - first, 0, count);
        System.arraycopy(held, gone, held, 0, count - gone);
        first += gone;
        count -= gone;
        return Arrays.copyOf(result, given);
    }

    private void reset() {
        count = 0;
        first = 0;
        next = 0;
    }

    private void take(float[] samples) {
        if (held.length < count + samples.length) {
            held = Arrays.copyOf(held, count + samples.length);
        }
        System.arraycopy(samples, 0, held, count, samples.length);
        count += samples.length;
    }

    private float at(long output) {
        long middle = output * down;
        long from = Math.max(first, Math.ceilDiv(middle - half, up));
        long to = Math.min(first + count - 1, Math.floorDiv(middle + half, up));
        double sum = 0;
        for (long i = from; i <= to; i++) {
            sum += held[(int) (i - first)] * filter[(int) (middle - i * up + half)];
        }
        return (float) sum;
    }

    /** A sinc under a Kaiser curve, whose sum is the factor up. */
    private double[] filter() {
        double[] taps = new double[2 * half + 1];
        double cut = 1.0 / Math.max(up, down);
        double sum = 0;
        for (int i = 0; i < taps.length; i++) {
            double x = i - half;
            double sinc = x == 0 ? 1 : Math.sin(Math.PI * cut * x) / (Math.PI * cut * x);
            double edge = x / half;
            taps[i] = sinc * bessel(KAISER * Math.sqrt(1 - edge * edge)) / bessel(KAISER);
            sum += taps[i];
        }
        for (int i = 0; i < taps.length; i++) {
            taps[i] *= up / sum;
        }
        return taps;
    }

    /** The modified Bessel function of the first kind, order zero. */
    private static double bessel(double x) {
        double sum = 1;
        double term = 1;
        for (int k = 1; k < 50; k++) {
            term *= x / 2 / k * (x / 2 / k);
            sum += term;
        }
        return sum;
    }
}
