package io.fulmar.agent.io.simulated;

/**
 * A motor-driven shaft on ball bearings with an accelerometer on the bearing housing, simulated.
 *
 * <p>One sample is the acceleration along the sensor's axis in m/s², at {@link #sampleRateHz()} = 3200 samples a second: an
 * inexpensive MEMS accelerometer (±16 g, 13 bit, 39 mm/s² a count). The same seed gives the same samples, bit for bit, on
 * every machine. Each seed is another machine: set point, tolerances, resonances and mounting differ.
 *
 * <p>What is modelled, θ being the angle of the shaft, ω its speed, s the severity:
 *
 * <ul>
 *   <li>Speed: f = f_sync · (1 − slip · load); load and speed wander over seconds (an Ornstein-Uhlenbeck process each).
 *   <li>Imbalance: e · ω² · cos θ, e the eccentricity of the centre of mass; a balanced rotor keeps a residue (ISO 21940-11).
 *       At s = 1 the housing moves at about 9 mm/s RMS, zone D of ISO 20816-3.
 *   <li>Misalignment of the coupling: forces at 1×, 2× and 3× the speed that grow with the torque, and an axial part that
 *       the sensor sees by the angle of its mounting.
 *   <li>A defect of the outer race: an impact for each ball that passes, at BPFO ({@link BallBearing}), the interval
 *       jittering as the balls slip (Randall and Antoni, MSSP 25, 2011), its force from the load zone of Stribeck, q(φ) = (1 −
 *       (1 − cos φ)/2ε)^1.5, which the turning load rocks once a revolution; each impact rings a resonance of the housing.
 *   <li>Always there: flow and rolling noise, hum of the motor at twice the line frequency, a knock from outside now and
 *       then, noise, gain, offset, resolution and range of the sensor.
 * </ul>
 *
 * A change of condition builds up within some tenths of a second, as a jump would be a signal that no machine makes. Owned by
 * the thread that reads it.
 */
public final class RotatingMachine {
    /** The severity that {@link #condition(Condition)} sets: a fault that maintenance would be sent for. */
    public static final double PLAIN_SEVERITY = 0.7;

    public static final double MIN_SPEED_HZ = 18;
    public static final double MAX_SPEED_HZ = 36;

    private static final double SAMPLE_RATE_HZ = 3200;
    private static final double STEP_SECONDS = 1 / SAMPLE_RATE_HZ;
    private static final double TURN = 2 * StrictMath.PI;

    private static final double RATED_SLIP = 0.03;
    private static final double SET_POINT_SECONDS = 1.5;
    private static final double ONSET_SECONDS = 0.15;
    private static final double REFERENCE_SPEED_HZ = 25;
    private static final double LINE_HUM_HZ = 100;

    private static final double RESIDUAL_ECCENTRICITY_METRES = 6e-6;
    private static final double FAULT_ECCENTRICITY_METRES = 80e-6;
    private static final double BALL_PASS_JITTER = 0.015;
    private static final double LOAD_ROCK_RADIANS = 0.35;
    private static final double IMPACT = 7;
    private static final double KNOCKS_A_SECOND = 0.25;

    private static final double SENSOR_NOISE = 0.06;
    private static final double SENSOR_COUNT = 0.0039 * 9.80665;
    private static final double SENSOR_RANGE = 16 * 9.80665;

    private final Noise noise;
    private final double ballPasses = BallBearing.TYPE_6205.outerRaceOrder();

    // tolerances of this machine and this sensor
    private final double residualEccentricity;
    private final double residualMisalignment;
    private final double secondHarmonicPhase;
    private final double thirdHarmonicPhase;
    private final double defectAngle;
    private final double loadZone;
    private final double humAmplitude;
    private final double flowNoise;
    private final double axialShare;
    private final double sensorGain;
    private final double sensorOffset;
    private final Ringing ringing;
    private final Structure structure;
    private final Wander speedWander;
    private final Wander loadWander;

    // what the operator sets
    private Condition condition = Condition.NORMAL;
    private double severity;
    private double targetSpeedHz;
    private double targetLoad;

    // the state of the machine
    private long samples;
    private double synchronousHz;
    private double baseLoad;
    private double load;
    private double speedHz;
    private double angle;
    private double humAngle;
    private double ballPhase;
    private double nextBallAt;
    private double imbalance;
    private double misalignment;
    private double bearingDefect;

    /** The machine of this seed, in normal condition, at the set point that the seed gives it. */
    public RotatingMachine(long seed) {
        noise = new Noise(seed);
        targetSpeedHz = noise.between(22, 32);
        targetLoad = noise.between(0.35, 0.9);
        residualEccentricity = RESIDUAL_ECCENTRICITY_METRES * noise.between(0.4, 1.6);
        residualMisalignment = noise.between(0.03, 0.1);
        secondHarmonicPhase = noise.between(0, TURN);
        thirdHarmonicPhase = noise.between(0, TURN);
        defectAngle = noise.between(-0.5, 0.5);
        loadZone = noise.between(0.45, 0.65);
        humAmplitude = noise.between(0.02, 0.15);
        flowNoise = noise.between(0.15, 0.35);
        axialShare = StrictMath.sin(noise.between(0.05, 0.35));
        sensorGain = 1 + 0.03 * noise.gaussian();
        sensorOffset = noise.between(-0.25, 0.25);
        ringing = new Ringing(noise.between(850, 1250), noise.between(0.035, 0.07), STEP_SECONDS);
        structure = new Structure(noise.between(240, 420), noise.between(0.15, 0.3), STEP_SECONDS);
        speedWander = new Wander(0.006, 3, STEP_SECONDS, noise);
        loadWander = new Wander(0.06, 5, STEP_SECONDS, noise);
        angle = noise.between(0, TURN);
        humAngle = noise.between(0, TURN);
        ballPhase = noise.uniform();
        nextBallAt = 1;
        synchronousHz = targetSpeedHz;
        baseLoad = targetLoad;
        load = baseLoad;
        speedHz = synchronousHz;
    }

    /** Samples a second. A sample is an acceleration in m/s². */
    public static double sampleRateHz() {
        return SAMPLE_RATE_HZ;
    }

    /** Puts the machine into this condition, faults with {@link #PLAIN_SEVERITY}. */
    public void condition(Condition newCondition) {
        condition(newCondition, newCondition == Condition.NORMAL ? 0 : PLAIN_SEVERITY);
    }

    /** Puts the machine into this condition; 0 is a fault that is not there yet, 1 one that stops the plant. */
    public void condition(Condition newCondition, double newSeverity) {
        if (!(newSeverity >= 0 && newSeverity <= 1)) {
            throw new IllegalArgumentException("a severity lies between 0 and 1: " + newSeverity);
        }
        condition = newCondition;
        severity = newCondition == Condition.NORMAL ? 0 : newSeverity;
    }

    /** A new set point, reached within seconds: synchronous speed in turns a second, load as a share of the rated torque. */
    public void operate(double speedSetPointHz, double loadSetPoint) {
        if (!(speedSetPointHz >= MIN_SPEED_HZ && speedSetPointHz <= MAX_SPEED_HZ)) {
            throw new IllegalArgumentException(
                    "a speed lies between " + MIN_SPEED_HZ + " and " + MAX_SPEED_HZ + " Hz: " + speedSetPointHz);
        }
        if (!(loadSetPoint >= 0 && loadSetPoint <= 1)) {
            throw new IllegalArgumentException("a load lies between 0 and 1: " + loadSetPoint);
        }
        targetSpeedHz = speedSetPointHz;
        targetLoad = loadSetPoint;
    }

    public Condition condition() {
        return condition;
    }

    public double severity() {
        return severity;
    }

    /** The speed of the shaft at the latest sample, in turns a second. */
    public double speedHz() {
        return speedHz;
    }

    /** The load at the latest sample, as a share of the rated torque. */
    public double load() {
        return load;
    }

    /** The time that the samples read so far span. */
    public double elapsedSeconds() {
        return samples * STEP_SECONDS;
    }

    /** Fills the window with the next samples. */
    public void fill(float[] window) {
        for (int i = 0; i < window.length; i++) {
            window[i] = nextSample();
        }
    }

    /** The next sample: acceleration in m/s². */
    public float nextSample() {
        samples++;
        turn();
        ripen();
        passBalls();
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        double force = imbalanceForce(cos) + misalignmentForce(cos, sin) + hum() + flow();
        return sense(structure.pass(force) + ringing.value());
    }

    private void turn() {
        synchronousHz += (targetSpeedHz - synchronousHz) * (STEP_SECONDS / SET_POINT_SECONDS);
        baseLoad += (targetLoad - baseLoad) * (STEP_SECONDS / SET_POINT_SECONDS);
        load = Math.clamp(baseLoad + loadWander.next(noise), 0, 1.1);
        speedHz = synchronousHz * (1 - RATED_SLIP * load) * (1 + speedWander.next(noise));
        angle = (angle + TURN * speedHz * STEP_SECONDS) % TURN;
    }

    private void ripen() {
        double share = STEP_SECONDS / ONSET_SECONDS;
        imbalance += (severityOf(Condition.IMBALANCE) - imbalance) * share;
        misalignment += (severityOf(Condition.MISALIGNMENT) - misalignment) * share;
        bearingDefect += (severityOf(Condition.BEARING_FAULT) - bearingDefect) * share;
    }

    private double severityOf(Condition fault) {
        return condition == fault ? severity : 0;
    }

    private void passBalls() {
        ringing.step();
        double passed = ballPasses * speedHz * STEP_SECONDS;
        ballPhase += passed;
        if (ballPhase >= nextBallAt) {
            ballPhase -= nextBallAt;
            nextBallAt = Math.clamp(1 + BALL_PASS_JITTER * noise.gaussian(), 0.9, 1.1);
            double secondsAgo = ballPhase / passed * STEP_SECONDS;
            ringing.strike(impact() * (1 + 0.15 * noise.gaussian()), secondsAgo);
        }
        ringing.strike(0.1 * (0.3 + load) * noise.gaussian(), 0);
        if (noise.uniform() < KNOCKS_A_SECOND * STEP_SECONDS) {
            ringing.strike(1.5 * noise.exponential(), 0);
        }
    }

    private double impact() {
        double fromLoad = defectAngle + LOAD_ROCK_RADIANS * StrictMath.sin(angle);
        double depth = 1 - (1 - StrictMath.cos(fromLoad)) / (2 * loadZone);
        double stribeck = depth <= 0 ? 0 : depth * StrictMath.sqrt(depth);
        return IMPACT * bearingDefect * stribeck * (0.5 + 0.5 * load) * speedHz / REFERENCE_SPEED_HZ;
    }

    private double imbalanceForce(double cos) {
        double omega = TURN * speedHz;
        return (residualEccentricity + FAULT_ECCENTRICITY_METRES * imbalance) * omega * omega * cos;
    }

    private double misalignmentForce(double cos, double sin) {
        double torque = 0.4 + 0.6 * load;
        double first = cos;
        double second = harmonic(2 * cos * cos - 1, 2 * sin * cos, secondHarmonicPhase);
        double third = harmonic(cos * (4 * cos * cos - 3), sin * (3 - 4 * sin * sin), thirdHarmonicPhase);
        double radial = 0.6 * first + 2.4 * second + 1.2 * third;
        double axial = 1.2 * first + 1.2 * second;
        return (residualMisalignment + misalignment) * torque * (radial + axialShare * axial);
    }

    private static double harmonic(double cos, double sin, double phase) {
        return cos * StrictMath.cos(phase) - sin * StrictMath.sin(phase);
    }

    private double hum() {
        humAngle = (humAngle + TURN * LINE_HUM_HZ * STEP_SECONDS) % TURN;
        return humAmplitude * (0.5 + 0.5 * load) * StrictMath.cos(humAngle);
    }

    private double flow() {
        return flowNoise * (0.4 + 0.6 * load) * noise.gaussian();
    }

    private float sense(double acceleration) {
        double seen = sensorGain * acceleration + sensorOffset + SENSOR_NOISE * noise.gaussian();
        double counts = StrictMath.rint(seen / SENSOR_COUNT);
        return (float) Math.clamp(counts * SENSOR_COUNT, -SENSOR_RANGE, SENSOR_RANGE);
    }
}
