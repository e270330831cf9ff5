package io.fulmar.agent.signal;

/**
 * A low or high pass of second order over samples of several channels in turn, by R. Bristow-Johnson's audio EQ cookbook. What it has
 * seen goes on from call to call. Owned by whoever makes it.
 */
public final class Biquad {
    private final double b0;
    private final double b1;
    private final double b2;
    private final double a1;
    private final double a2;
    private final double[] first;
    private final double[] second;

    private Biquad(double[] b, double[] a, int channels) {
        b0 = b[0] / a[0];
        b1 = b[1] / a[0];
        b2 = b[2] / a[0];
        a1 = a[1] / a[0];
        a2 = a[2] / a[0];
        first = new double[channels];
        second = new double[channels];
    }

    /** Lets through what is below the cutoff. */
    public static Biquad lowPass(double rate, double cutoff, double q, int channels) {
        double turn = 2 * Math.PI * cutoff / rate;
        double edge = 1 - Math.cos(turn);
        return new Biquad(new double[] {edge / 2, edge, edge / 2}, denominator(turn, q), channels);
    }

    /** Lets through what is above the cutoff. */
    public static Biquad highPass(double rate, double cutoff, double q, int channels) {
        double turn = 2 * Math.PI * cutoff / rate;
        double edge = 1 + Math.cos(turn);
        return new Biquad(new double[] {edge / 2, -edge, edge / 2}, denominator(turn, q), channels);
    }

    private static double[] denominator(double turn, double q) {
        double alpha = Math.sin(turn) / (2 * q);
        return new double[] {1 + alpha, -2 * Math.cos(turn), 1 - alpha};
    }

    /** Filters samples in place. */
    public void apply(float[] samples) {
        int channels = first.length;
        for (int i = 0; i < samples.length; i++) {
            int channel = i % channels;
            double in = samples[i];
            double out = b0 * in + first[channel];
            first[channel] = b1 * in - a1 * out + second[channel];
            second[channel] = b2 * in - a2 * out;
            samples[i] = (float) out;
        }
    }
}
