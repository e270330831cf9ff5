package io.fulmar.agent.io.simulated;

/**
 * A value that wanders slowly around zero: an Ornstein-Uhlenbeck process, stepped exactly. Owned by the machine.
 */
final class Wander {
    private final double keep;
    private final double kick;
    private double value;

    /** A process of the given standard deviation that forgets within about {@code memorySeconds}. */
    Wander(double deviation, double memorySeconds, double stepSeconds, Noise noise) {
        keep = StrictMath.exp(-stepSeconds / memorySeconds);
        kick = deviation * StrictMath.sqrt(1 - keep * keep);
        value = deviation * noise.gaussian();
    }

    double next(Noise noise) {
        value = keep * value + kick * noise.gaussian();
        return value;
    }
}
