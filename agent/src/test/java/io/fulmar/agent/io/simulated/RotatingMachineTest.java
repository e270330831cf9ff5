package io.fulmar.agent.io.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RotatingMachineTest {
    private static final int SECOND = (int) RotatingMachine.sampleRateHz();

    @Test
    void theSameSeedGivesTheSameSamplesWhateverTheWindow() {
        RotatingMachine one = new RotatingMachine(7);
        RotatingMachine other = new RotatingMachine(7);
        float[] whole = new float[1000];
        one.fill(whole);
        for (float sample : whole) {
            assertThat(other.nextSample()).isEqualTo(sample);
        }
    }

    @Test
    void anotherSeedIsAnotherMachine() {
        assertThat(samples(new RotatingMachine(1), 100)).isNotEqualTo(samples(new RotatingMachine(2), 100));
    }

    @Test
    void imbalanceGrowsWithTheSquareOfTheSpeed() {
        double slow = amplitudeAtOrder(running(Condition.IMBALANCE, 1, 20), 1);
        double fast = amplitudeAtOrder(running(Condition.IMBALANCE, 1, 30), 1);
        assertThat(fast / slow).isCloseTo(30.0 * 30 / (20 * 20), within(0.3));
    }

    @Test
    void misalignmentShowsAtTwiceTheSpeed() {
        double fault = amplitudeAtOrder(running(Condition.MISALIGNMENT, 0.7, 25), 2);
        double normal = amplitudeAtOrder(running(Condition.NORMAL, 0, 25), 2);
        assertThat(fault).isGreaterThan(5 * normal);
    }

    @Test
    void theEnvelopeOfABearingFaultBeatsAtTheBallPassFrequency() {
        RotatingMachine machine = running(Condition.BEARING_FAULT, 0.7, 25);
        double order = BallBearing.TYPE_6205.outerRaceOrder();
        assertThat(order).isCloseTo(3.585, within(0.001));
        double atBallPass = envelopeAtOrder(machine, order);
        double between = envelopeAtOrder(running(Condition.BEARING_FAULT, 0.7, 25), order * 1.37);
        assertThat(atBallPass).isGreaterThan(3 * between);
    }

    @ParameterizedTest
    @EnumSource(Condition.class)
    void aFaultBuildsUpAndGoesAwayWithoutAJump(Condition condition) {
        RotatingMachine machine = new RotatingMachine(3);
        double before = rms(samples(machine, SECOND));
        machine.condition(condition, 1);
        samples(machine, SECOND);
        machine.condition(Condition.NORMAL);
        samples(machine, 2 * SECOND);
        assertThat(rms(samples(machine, SECOND))).isCloseTo(before, within(0.2 * before));
    }

    @Test
    void aNewSetPointIsReachedWithinSeconds() {
        RotatingMachine machine = running(Condition.NORMAL, 0, 33);
        assertThat(machine.speedHz()).isCloseTo(33, within(1.5));
        assertThat(machine.elapsedSeconds()).isEqualTo(10.0);
    }

    @Test
    void aSeverityOutsideZeroToOneIsRefused() {
        RotatingMachine machine = new RotatingMachine(1);
        assertThatThrownBy(() -> machine.condition(Condition.IMBALANCE, 1.01))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> machine.condition(Condition.IMBALANCE, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aScheduleGoesThroughItsPhasesAndStartsAgain() {
        FaultSchedule schedule = new FaultSchedule(List.of(
                new FaultSchedule.Phase(Condition.NORMAL, 0, 10),
                new FaultSchedule.Phase(Condition.IMBALANCE, 0.5, 20),
                new FaultSchedule.Phase(Condition.BEARING_FAULT, 0.5, 10)));
        assertThat(schedule.at(9.9).condition()).isEqualTo(Condition.NORMAL);
        assertThat(schedule.at(10).condition()).isEqualTo(Condition.IMBALANCE);
        assertThat(schedule.at(35).condition()).isEqualTo(Condition.BEARING_FAULT);
        assertThat(schedule.at(41).condition()).isEqualTo(Condition.NORMAL);
    }

    private static RotatingMachine running(Condition condition, double severity, double speedHz) {
        RotatingMachine machine = new RotatingMachine(11);
        machine.operate(speedHz, 0.6);
        machine.condition(condition, severity);
        samples(machine, 10 * SECOND);
        return machine;
    }

    private static float[] samples(RotatingMachine machine, int count) {
        float[] samples = new float[count];
        machine.fill(samples);
        return samples;
    }

    private static double rms(float[] samples) {
        double mean = 0;
        double squares = 0;
        for (float sample : samples) {
            mean += sample / samples.length;
            squares += (double) sample * sample / samples.length;
        }
        return Math.sqrt(squares - mean * mean);
    }

    private static double amplitudeAtOrder(RotatingMachine machine, double order) {
        return correlate(machine, order, false);
    }

    /** The envelope by the crudest way: high-pass by a difference, then rectified. */
    private static double envelopeAtOrder(RotatingMachine machine, double order) {
        return correlate(machine, order, true);
    }

    private static double correlate(RotatingMachine machine, double order, boolean envelope) {
        int windows = 40;
        int length = SECOND / 10;
        double sum = 0;
        for (int window = 0; window < windows; window++) {
            double phase = 0;
            double cos = 0;
            double sin = 0;
            double previous = machine.nextSample();
            for (int i = 0; i < length; i++) {
                double sample = machine.nextSample();
                double value = envelope ? Math.abs(sample - previous) : sample;
                previous = sample;
                phase += 2 * Math.PI * order * machine.speedHz() / RotatingMachine.sampleRateHz();
                cos += value * Math.cos(phase);
                sin += value * Math.sin(phase);
            }
            sum += Math.hypot(cos, sin) * 2 / length;
        }
        return sum / windows;
    }
}
