package io.fulmar.agent.signal;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Brings samples that come at any time to a fixed rate: that of the first sample, and one for each period after that. Owned by
 * whoever makes it.
 */
public final class Series {
    private final int channels;
    private final double rate;
    private final double gap;
    private final boolean mean;
    private final Queue<float[]> ready = new ArrayDeque<>();
    private final double[] sums;
    private final float[] last;
    private int summed;
    private double start;
    private double before;
    private long given;
    private boolean begun;

    /**
     * @param rate samples a second that are wanted
     * @param gap how many seconds may lie between two samples
     * @param mean whether a sample is the mean of what came in its period; else it lies between the two around its time, as
     *     {@code numpy.interp} has it
     */
    public Series(int channels, double rate, double gap, boolean mean) {
        this.channels = channels;
        this.rate = rate;
        this.gap = gap;
        this.mean = mean;
        this.sums = new double[channels];
        this.last = new float[channels];
    }

    /**
     * Takes what came at a time, in seconds.
     *
     * @return how long nothing came, if that was too long or time went back: the series begins anew then; else 0
     */
    public double add(double time, float[] samples, int from) {
        double passed = time - before;
        boolean broken = begun && (passed > gap || passed < 0);
        if (!begun || broken) {
            ready.clear();
            begin(time);
        } else if (mean) {
            close(time, samples, from);
        } else {
            between(time, samples, from);
        }
        if (mean) {
            for (int i = 0; i < channels; i++) {
                sums[i] += samples[from + i];
            }
            summed++;
        } else if (given == 0) {
            float[] first = new float[channels];
            System.arraycopy(samples, from, first, 0, channels);
            give(first);
        }
        System.arraycopy(samples, from, last, 0, channels);
        before = time;
        return broken ? passed : 0;
    }

    /** The next sample, null if it needs what comes later. */
    public float @Nullable [] next() {
        return ready.poll();
    }

    private void begin(double time) {
        begun = true;
        start = time;
        given = 0;
        empty();
    }

    /** The time of the sample that is to be given next. */
    private double due() {
        return start + given / rate;
    }

    private void between(double time, float[] samples, int from) {
        while (due() <= time) {
            give(at(due(), time, samples, from));
        }
    }

    private float[] at(double due, double time, float[] samples, int from) {
        float[] values = new float[channels];
        double share = time == before ? 1 : (due - before) / (time - before);
        for (int i = 0; i < channels; i++) {
            values[i] = (float) (last[i] + share * ((double) samples[from + i] - last[i]));
        }
        return values;
    }

    /** Gives the means of the periods that are over; where nothing came in one, what lies in its middle. */
    private void close(double time, float[] samples, int from) {
        while (start + (given + 1) / rate <= time) {
            if (summed == 0) {
                give(at(due() + 0.5 / rate, time, samples, from));
                continue;
            }
            float[] values = new float[channels];
            for (int i = 0; i < channels; i++) {
                values[i] = (float) (sums[i] / summed);
            }
            empty();
            give(values);
        }
    }

    private void empty() {
        summed = 0;
        Arrays.fill(sums, 0);
    }

    private void give(float[] values) {
        ready.add(values);
        given++;
    }
}
