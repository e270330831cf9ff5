package io.fulmar.agent.io.simulated;

/**
 * The way from the bearing seat to the sensor below the ringing resonance: one mode, H(s) = ω₀² / (s² + 2ζω₀s + ω₀²), as a
 * digital filter (bilinear transform, frequency pre-warped). Owned by the machine.
 */
final class Structure {
    private final double b0;
    private final double a1;
    private final double a2;
    private double x1;
    private double x2;
    private double y1;
    private double y2;

    Structure(double frequencyHz, double dampingRatio, double stepSeconds) {
        double k = StrictMath.tan(StrictMath.PI * frequencyHz * stepSeconds);
        double norm = 1 + 2 * dampingRatio * k + k * k;
        b0 = k * k / norm;
        a1 = 2 * (k * k - 1) / norm;
        a2 = (1 - 2 * dampingRatio * k + k * k) / norm;
    }

    double pass(double x) {
        double y = b0 * (x + 2 * x1 + x2) - a1 * y1 - a2 * y2;
        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
        return y;
    }
}
