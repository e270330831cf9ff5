package io.fulmar.agent.io.simulated;

/**
 * The geometry of a ball bearing and the frequencies that follow from it, as multiples ("orders") of the shaft speed.
 *
 * <p>With n balls of diameter d on a pitch circle D and the contact angle φ (Randall and Antoni, "Rolling element bearing
 * diagnostics: a tutorial", MSSP 25, 2011):
 *
 * <pre>
 *   BPFO = n/2 · f · (1 − d/D · cos φ)        a defect of the outer race
 *   BPFI = n/2 · f · (1 + d/D · cos φ)        a defect of the inner race
 *   FTF  =   f/2  · (1 − d/D · cos φ)        the cage
 *   BSF  = D/(2d) · f · (1 − (d/D · cos φ)²)  a defect of a ball
 * </pre>
 *
 * Immutable.
 */
public record BallBearing(
        int balls, double ballDiameterMillis, double pitchDiameterMillis, double contactAngleRadians) {

    /** The deep-groove bearing 6205: nine balls of 7.94 mm on 39.04 mm; its BPFO is 3.585 times the shaft speed. */
    public static final BallBearing TYPE_6205 = new BallBearing(9, 7.94, 39.04, 0);

    public BallBearing {
        if (balls < 1 || ballDiameterMillis <= 0 || pitchDiameterMillis <= ballDiameterMillis) {
            throw new IllegalArgumentException("a bearing has balls that are smaller than its pitch circle");
        }
    }

    public double outerRaceOrder() {
        return balls / 2.0 * (1 - ratio());
    }

    public double innerRaceOrder() {
        return balls / 2.0 * (1 + ratio());
    }

    public double cageOrder() {
        return (1 - ratio()) / 2;
    }

    public double ballSpinOrder() {
        return pitchDiameterMillis / (2 * ballDiameterMillis) * (1 - ratio() * ratio());
    }

    private double ratio() {
        return ballDiameterMillis / pitchDiameterMillis * StrictMath.cos(contactAngleRadians);
    }
}
