package io.fulmar.agent.signal;

/**
 * The front end of TensorFlow Lite Micro's speech models (tensorflow/lite/experimental/microfrontend), in the same whole numbers:
 * windows of 30 ms every 20 ms, channels on the mel scale, noise reduction, automatic gain by channel (PCAN), logarithm. The noise
 * that it knows begins anew with each sound. Owned by whoever makes it.
 */
public final class MicroFrontend {
    private static final int WINDOW_BITS = 12;
    private static final int FILTER_BITS = 12;
    private static final int NOISE_BITS = 14;
    private static final int SMOOTHING_BITS = 10;
    private static final int EVEN = (int) (0.025f * (1 << NOISE_BITS));
    private static final int ODD = (int) (0.06f * (1 << NOISE_BITS));
    private static final int REMAINS = (int) (0.05f * (1 << NOISE_BITS));
    private static final int SNR_BITS = 12;
    private static final int OUTPUT_BITS = 6;
    private static final int GAIN_BITS = 21;
    private static final float STRENGTH = 0.95f;
    private static final float OFFSET = 80f;
    private static final int LOG_SEGMENTS = 128;
    private static final int LOG_BITS = 16;
    private static final int LOG_SHIFT = 6;
    private static final long LN2 = 45_426;
    private static final int MOST = 0xFFFF;

    private final int channels;
    private final int window;
    private final int stride;
    private final int correction;
    private final short[] curve;
    private final short[] shifted;
    private final FixedFft fft;
    private final short[] real;
    private final short[] imaginary;
    private final int[] channelStarts;
    private final short[] weights;
    private final short[] unweights;
    private final int firstBin;
    private final long[] sums;
    private final long[] noise;
    private final int[] gains = new int[128];
    private final int[] logs = new int[LOG_SEGMENTS + 1];

    /**
     * A front end for sound of that rate.
     *
     * @param channels on the mel scale from {@code low} to {@code high} Hz
     */
    public MicroFrontend(int rate, int channels, double low, double high) {
        this.channels = channels;
        this.window = 30 * rate / 1000;
        this.stride = 20 * rate / 1000;
        int fftSize = Integer.highestOneBit(Math.max(2, window - 1)) * 2;
        this.correction = significant(fftSize) - 1 - FILTER_BITS / 2;
        this.curve = new short[window];
        float turn = (float) (Math.PI * 2.0 / (float) window);
        for (int i = 0; i < window; i++) {
            float value = (float) (0.5 - 0.5 * Math.cos(turn * (i + 0.5)));
            curve[i] = (short) Math.floor(value * (1 << WINDOW_BITS) + 0.5);
        }
        this.shifted = new short[fftSize];
        this.fft = new FixedFft(fftSize);
        this.real = new short[fftSize / 2 + 1];
        this.imaginary = new short[fftSize / 2 + 1];
        this.channelStarts = new int[channels + 2];
        this.weights = new short[fftSize / 2 + 2];
        this.unweights = new short[fftSize / 2 + 2];
        this.sums = new long[channels + 1];
        this.noise = new long[channels];
        float hertz = (float) (0.5 * rate / ((float) (fftSize / 2 + 1) - 1));
        this.firstBin = (int) (1.5 + (float) low / hertz);
        layOutFilters(hertz, (float) low, (float) high);
        layOutGains();
        for (int i = 0; i <= LOG_SEGMENTS; i++) {
            double x = (double) i / LOG_SEGMENTS;
            logs[i] = (int) Math.round((Math.log(1 + x) / Math.log(2) - x) * (1 << LOG_BITS));
        }
    }

    /** How many windows there are in a sound of so many samples. */
    public int frames(int samples) {
        return samples < window ? 0 : (samples - window) / stride + 1;
    }

    /** Writes the features of the windows of a sound, one after the other; 0 to 65535, about 670 for loud speech. */
    public void apply(short[] samples, int[] features) {
        java.util.Arrays.fill(noise, 0);
        int frames = frames(samples.length);
        for (int frame = 0; frame < frames; frame++) {
            frame(samples, frame * stride, features, frame * channels);
        }
    }

    private void frame(short[] samples, int from, int[] features, int to) {
        int loudest = 0;
        for (int i = 0; i < window; i++) {
            short value = (short) ((samples[from + i] * curve[i]) >> WINDOW_BITS);
            shifted[i] = value;
            loudest = Math.max(loudest, (short) Math.abs(value)); // -32768 stays negative, as there
        }
        int shift = 15 - significant(loudest);
        for (int i = 0; i < window; i++) {
            shifted[i] = (short) (shifted[i] << shift);
        }
        fft.transform(shifted, real, imaginary);
        accumulate();
        for (int channel = 0; channel < channels; channel++) {
            long signal = root(sums[channel + 1]) >> shift;
            signal = quieter(channel, signal);
            signal = gained(channel, signal);
            features[to + channel] = logarithm(signal);
        }
    }

    // ---- channels

    private static float mel(float frequency) {
        return (float) (1127.0 * Math.log1p(frequency / 700f));
    }

    private void layOutFilters(float hertz, float low, float high) {
        float melLow = mel(low);
        float spacing = (mel(high) - melLow) / (channels + 1);
        float[] centres = new float[channels + 1];
        for (int i = 0; i < centres.length; i++) {
            centres[i] = melLow + spacing * (i + 1);
        }
        int bin = firstBin;
        for (int channel = 0; channel <= channels; channel++) {
            channelStarts[channel] = bin;
            float below = channel == 0 ? melLow : centres[channel - 1];
            for (; bin < weights.length - 1 && mel(bin * hertz) <= centres[channel]; bin++) {
                float weight = (centres[channel] - mel(bin * hertz)) / (centres[channel] - below);
                weights[bin] = (short) Math.floor(weight * (1 << FILTER_BITS) + 0.5);
                unweights[bin] = (short) Math.floor((1.0 - weight) * (1 << FILTER_BITS) + 0.5);
            }
        }
        channelStarts[channels + 1] = bin;
    }

    private void accumulate() {
        long weighted = 0;
        long unweighted = 0;
        for (int channel = 0; channel <= channels; channel++) {
            for (int bin = channelStarts[channel]; bin < channelStarts[channel + 1]; bin++) {
                long energy = (long) real[bin] * real[bin] + (long) imaginary[bin] * imaginary[bin];
                weighted += weights[bin] * energy;
                unweighted += unweights[bin] * energy;
            }
            sums[channel] = weighted;
            weighted = unweighted;
            unweighted = 0;
        }
    }

    /** The square root, rounded up at the half, by the digits of base four. */
    private static long root(long number) {
        if (number == 0) {
            return 0;
        }
        long rest = number;
        long result = 0;
        long bit = 1L << ((63 - Long.numberOfLeadingZeros(number)) & ~1);
        while (bit != 0) {
            if (Long.compareUnsigned(rest, result + bit) >= 0) {
                rest -= result + bit;
                result = (result >>> 1) + bit;
            } else {
                result >>>= 1;
            }
            bit >>>= 2;
        }
        boolean small = number >>> 32 == 0;
        return Long.compareUnsigned(rest, result) > 0 && result != (small ? 0xFFFFL : 0xFFFF_FFFFL)
                ? result + 1
                : result;
    }

    // ---- noise and gain

    private long quieter(int channel, long signal) {
        long smoothing = channel % 2 == 0 ? EVEN : ODD;
        long scaled = (signal << SMOOTHING_BITS) & 0xFFFF_FFFFL;
        long estimate =
                ((scaled * smoothing + noise[channel] * ((1 << NOISE_BITS) - smoothing)) >>> NOISE_BITS) & 0xFFFF_FFFFL;
        noise[channel] = estimate;
        long floor = (signal * REMAINS) >>> NOISE_BITS;
        long without = (scaled - Math.min(estimate, scaled)) >>> SMOOTHING_BITS;
        return Math.max(without, floor);
    }

    private void layOutGains() {
        int inputBits = SMOOTHING_BITS - correction;
        gains[0] = gain(inputBits, 0);
        gains[1] = gain(inputBits, 1);
        for (int interval = 2; interval <= 32; interval++) {
            long x0 = 1L << (interval - 1);
            long x2 = interval == 32 ? x0 + (x0 - 1) : 2 * x0;
            int y0 = gain(inputBits, x0);
            int diff1 = gain(inputBits, x0 + (x0 >> 1)) - y0;
            int diff2 = gain(inputBits, x2) - y0;
            int a1 = (short) (4 * diff1 - diff2);
            gains[4 * interval - 6] = y0;
            gains[4 * interval - 5] = a1;
            gains[4 * interval - 4] = (short) (diff2 - (4 * diff1 - diff2));
        }
    }

    private static int gain(int inputBits, long x) {
        float input = (float) x / (1L << inputBits);
        float gain = (1 << GAIN_BITS) * (float) Math.pow(input + OFFSET, -STRENGTH);
        return gain > Short.MAX_VALUE ? Short.MAX_VALUE : (int) (gain + 0.5f);
    }

    private long gained(int channel, long signal) {
        long snr = ((signal * gainFor(noise[channel])) >>> (GAIN_BITS - correction - SNR_BITS)) & 0xFFFF_FFFFL;
        return snr < 2L << SNR_BITS
                ? (snr * snr) >>> (2 + 2 * SNR_BITS - OUTPUT_BITS)
                : (snr >>> (SNR_BITS - OUTPUT_BITS)) - (1 << OUTPUT_BITS);
    }

    /** Between the points of the table, by a parabola. */
    private int gainFor(long x) {
        if (x <= 2) {
            return gains[(int) x];
        }
        int interval = 64 - Long.numberOfLeadingZeros(x);
        int at = 4 * interval - 6;
        int fraction = (int) (interval < 11 ? x << (11 - interval) : x >>> (interval - 11)) & 0x3FF;
        int result = (gains[at + 2] * fraction) >> 5;
        result += gains[at + 1] << 5;
        result *= fraction;
        return (short) (((result + (1 << 14)) >> 15) + gains[at]);
    }

    // ---- logarithm

    private int logarithm(long signal) {
        long value = (signal << correction) & 0xFFFF_FFFFL;
        if (value <= 1) {
            return 0;
        }
        int whole = 63 - Long.numberOfLeadingZeros(value);
        long log2 = ((long) whole << LOG_BITS) + fraction(value, whole);
        long natural = (LN2 * log2 + (1 << (LOG_BITS - 1))) >>> LOG_BITS;
        return (int) Math.min(((natural << LOG_SHIFT) + (1 << (LOG_BITS - 1))) >>> LOG_BITS, MOST);
    }

    private int fraction(long value, int whole) {
        int rest = (int) (value - (1L << whole));
        int fraction = whole < LOG_BITS ? rest << (LOG_BITS - whole) : rest >>> (whole - LOG_BITS);
        int segment = fraction >>> (LOG_BITS - 7);
        int unit = (1 << LOG_BITS) >>> 7;
        int between = ((logs[segment + 1] - logs[segment]) * (fraction - unit * segment)) >> LOG_BITS;
        return fraction + logs[segment] + between;
    }

    private static int significant(int value) {
        return 32 - Integer.numberOfLeadingZeros(value);
    }
}
