package io.fulmar.agent.io.simulated;

/**
 * Random numbers that are the same for a seed on every machine and every Java: SplitMix64 and Box-Muller over StrictMath.
 * Owned by the machine that it drives.
 */
final class Noise {
    private static final double TO_UNIT = 0x1.0p-53;

    private long state;
    private double spare;
    private boolean hasSpare;

    Noise(long seed) {
        state = seed;
    }

    /** Uniform in [0, 1). */
    double uniform() {
        state += 0x9E3779B97F4A7C15L;
        long bits = state;
        bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
        return ((bits ^ (bits >>> 31)) >>> 11) * TO_UNIT;
    }

    double between(double low, double high) {
        return low + (high - low) * uniform();
    }

    /** Normal with mean 0 and standard deviation 1. */
    double gaussian() {
        if (hasSpare) {
            hasSpare = false;
            return spare;
        }
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform()));
        double angle = 2 * StrictMath.PI * uniform();
        spare = radius * StrictMath.sin(angle);
        hasSpare = true;
        return radius * StrictMath.cos(angle);
    }

    /** Exponential with mean 1. */
    double exponential() {
        return -StrictMath.log(1 - uniform());
    }
}
