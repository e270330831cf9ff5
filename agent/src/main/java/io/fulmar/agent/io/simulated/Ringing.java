package io.fulmar.agent.io.simulated;

/**
 * A structural resonance that rings after an impact: x(t) = A · e^(−ζω₀t) · sin(ω_d t), stepped exactly, so that an impact
 * may fall between two samples. Owned by the machine.
 */
final class Ringing {
    private final double decay;
    private final double dampedRadians;
    private final double stepReal;
    private final double stepImaginary;
    private double real;
    private double imaginary;

    Ringing(double frequencyHz, double dampingRatio, double stepSeconds) {
        double radians = 2 * StrictMath.PI * frequencyHz;
        decay = dampingRatio * radians;
        dampedRadians = radians * StrictMath.sqrt(1 - dampingRatio * dampingRatio);
        double shrink = StrictMath.exp(-decay * stepSeconds);
        stepReal = shrink * StrictMath.cos(dampedRadians * stepSeconds);
        stepImaginary = shrink * StrictMath.sin(dampedRadians * stepSeconds);
    }

    /** An impact that happened this long before the sample that {@link #value()} gives next. */
    void strike(double amplitude, double secondsAgo) {
        double left = amplitude * StrictMath.exp(-decay * secondsAgo);
        real += left * StrictMath.cos(dampedRadians * secondsAgo);
        imaginary += left * StrictMath.sin(dampedRadians * secondsAgo);
    }

    void step() {
        double next = real * stepReal - imaginary * stepImaginary;
        imaginary = real * stepImaginary + imaginary * stepReal;
        real = next;
    }

    double value() {
        return imaginary;
    }
}
