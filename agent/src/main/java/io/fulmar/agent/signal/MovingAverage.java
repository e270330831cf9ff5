package io.fulmar.agent.signal;

/**
 * The mean of the last samples of each of several channels in turn; of those that there are, in the beginning. Owned by whoever makes
 * it.
 */
public final class MovingAverage {
    private final float[][] rings;
    private final double[] sums;
    private final int[] counts;
    private final int[] next;

    /** @param size how many samples are averaged */
    public MovingAverage(int size, int channels) {
        rings = new float[channels][size];
        sums = new double[channels];
        counts = new int[channels];
        next = new int[channels];
    }

    /** Averages samples in place. */
    public void apply(float[] samples) {
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) average(i % rings.length, samples[i]);
        }
    }

    private double average(int channel, float sample) {
        float[] ring = rings[channel];
        int at = next[channel];
        sums[channel] += sample - ring[at];
        ring[at] = sample;
        next[channel] = at + 1 == ring.length ? 0 : at + 1;
        counts[channel] = Math.min(ring.length, counts[channel] + 1);
        if (next[channel] == 0) {
            sums[channel] = sum(ring); // so that what is rounded off does not grow
        }
        return sums[channel] / counts[channel];
    }

    private static double sum(float[] ring) {
        double sum = 0;
        for (float value : ring) {
            sum += value;
        }
        return sum;
    }
}
