package io.fulmar.agent.io.simulated;

import java.util.function.Consumer;

/**
 * The measurements of a simulated accelerometer: its clock, its FIFO in stream mode, and what it is mounted on. Owned by the
 * chip.
 */
final class Sampling {
    private static final double GRAVITY = 9.80665;

    private final RotatingMachine machine;
    private final int depth;
    private final short[][] fifo;
    private int first;
    private int count;
    private boolean overrun;
    private int rate;
    private long startNanos;
    private long taken;

    Sampling(long seed, int depth) {
        this.machine = new RotatingMachine(seed);
        this.depth = depth;
        this.fifo = new short[depth][3];
    }

    /** Measures so often from now on; 0 is not at all. */
    void start(int newRate, long nowNanos) {
        rate = newRate;
        startNanos = nowNanos;
        taken = 0;
    }

    void clear() {
        count = 0;
        overrun = false;
    }

    /** Measures what was due until now. */
    void go(long nowNanos, Consumer<double[]> toCounts, short[] counts) {
        if (rate == 0) {
            return;
        }
        long due = (long) ((nowNanos - startNanos) * (double) rate / 1e9);
        if (due - taken > 2L * depth) {
            overrun = true; // what is lost anyway need not be simulated
            taken = due - depth;
        }
        double[] metres = new double[3];
        while (taken < due) {
            taken++;
            metres[0] = vibration();
            metres[1] = metres[0] / 3;
            metres[2] = GRAVITY - metres[0] / 5;
            toCounts.accept(metres);
            push(counts);
        }
    }

    /** As much time passes at once as overfills the FIFO. */
    void neglect() {
        startNanos -= Math.round(1e9 * 3 * depth / Math.max(1, rate));
    }

    private double vibration() {
        double sum = 0;
        int steps = Math.max(1, (int) (RotatingMachine.sampleRateHz() / rate));
        for (int i = 0; i < steps; i++) {
            sum += machine.nextSample();
        }
        return sum / steps; // as the filter of the chip does
    }

    private void push(short[] counts) {
        if (count == depth) {
            first = (first + 1) % depth;
            count--;
            overrun = true;
        }
        System.arraycopy(counts, 0, fifo[(first + count) % depth], 0, 3);
        count++;
    }

    int count() {
        return count;
    }

    boolean overrun() {
        return overrun;
    }

    void read() {
        overrun = false;
    }

    /** Takes the oldest into {@code into}; leaves it as it is where there is none. */
    void pop(short[] into) {
        if (count > 0) {
            System.arraycopy(fifo[first], 0, into, 0, 3);
            first = (first + 1) % depth;
            count--;
            overrun = false;
        }
    }
}
