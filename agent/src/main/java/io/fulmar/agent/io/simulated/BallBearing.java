package io.fulmar.agent.io.simulated;

/**
 * The geometry of a ball bearing and the frequency that follows from it, as a multiple ("order") of the shaft speed.
 *
 * <p>With n balls of diameter d on a pitch circle D and the contact angle φ, a defect of the outer race, at the shaft speed f,
 * is passed by balls at BPFO = n/2 · f · (1 − d/D · cos φ) (Randall and Antoni, "Rolling element bearing diagnostics: a
 * tutorial", MSSP 25, 2011).
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

    /** BPFO over the shaft speed. */
    public double outerRaceOrder() {
        return balls / 2.0 * (1 - ballDiameterMillis / pitchDiameterMillis * StrictMath.cos(contactAngleRadians));
    }
}
