package io.fulmar.training.data;

import io.fulmar.agent.io.simulated.Condition;
import io.fulmar.agent.io.simulated.RotatingMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Windows of vibration from many simulated machines. No machine, and no band of speed and load, is in two of the sets.
 * Immutable.
 */
public record VibrationWindows(long firstSeed, int machines, List<Band> speedsHz, List<Band> loads) {
    public static final VibrationWindows TRAINING = new VibrationWindows(
            1_000_000,
            1000,
            List.of(new Band(19, 23), new Band(25, 27), new Band(29, 31), new Band(33, 35.5)),
            List.of(new Band(0.2, 0.5), new Band(0.6, 0.95)));

    /** The same machines and three times as many more, at the same speeds and loads. */
    public static final VibrationWindows MORE_TRAINING =
            new VibrationWindows(TRAINING.firstSeed(), 4000, TRAINING.speedsHz(), TRAINING.loads());

    /** None of those, at the same speeds and loads. */
    public static final VibrationWindows OTHER_MACHINES =
            new VibrationWindows(5_000_000, 500, TRAINING.speedsHz(), TRAINING.loads());

    public static final VibrationWindows HELD_OUT = new VibrationWindows(
            3_000_000,
            200,
            List.of(new Band(23, 24), new Band(27, 29), new Band(32, 33)),
            List.of(new Band(0.1, 0.2), new Band(0.55, 0.6), new Band(0.95, 1)));

    public static final int WINDOW = 256;
    /** Below this severity a fault cannot be told from the tolerances of a sound machine. */
    public static final double LEAST_SEVERITY = 0.1;

    private static final List<Condition> CONDITIONS = List.of(Condition.values());
    private static final int WINDOWS_A_FAULT = 6;
    /** As many as all faults together: a false alarm costs more than a fault that is found a little later. */
    private static final int NORMAL_WINDOWS = 3 * WINDOWS_A_FAULT;

    private static final int SETTLING_SECONDS = 6;
    private static final int ONSET_SAMPLES = 3200;
    private static final int MOST_SAMPLES_BETWEEN = 800;
    private static final int DEMO_MACHINES = 50;
    private static final int DEMO_WINDOWS = 25;

    /** The numbers between two ends. Immutable. */
    public record Band(double low, double high) {}

    public VibrationWindows {
        speedsHz = List.copyOf(speedsHz);
        loads = List.copyOf(loads);
    }

    /** For each machine its normal state, then every fault at a severity between the least and 1. */
    public List<Example> examples() {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < machines; i++) {
            Random random = new Random(firstSeed + i);
            RotatingMachine machine = new RotatingMachine(firstSeed + i);
            machine.operate(within(speedsHz, random), within(loads, random));
            skip(machine, SETTLING_SECONDS * (int) RotatingMachine.sampleRateHz());
            for (int label = 0; label < CONDITIONS.size(); label++) {
                Condition condition = CONDITIONS.get(label);
                double severity = LEAST_SEVERITY + (1 - LEAST_SEVERITY) * random.nextDouble();
                machine.condition(condition, condition == Condition.NORMAL ? 0 : severity);
                skip(machine, ONSET_SAMPLES);
                int windows = condition == Condition.NORMAL ? NORMAL_WINDOWS : WINDOWS_A_FAULT;
                for (int window = 0; window < windows; window++) {
                    skip(machine, random.nextInt(MOST_SAMPLES_BETWEEN));
                    float[] samples = new float[WINDOW];
                    machine.fill(samples);
                    examples.add(new Example(samples, label, condition == Condition.NORMAL ? 1 : severity));
                }
            }
        }
        return examples;
    }

    /**
     * What a demo shows: machines with small seeds at their own set point, faults at the severity that a configuration gets
     * where it names none.
     */
    public static List<Example> plainFaults() {
        List<Example> examples = new ArrayList<>();
        for (int seed = 1; seed <= DEMO_MACHINES; seed++) {
            RotatingMachine machine = new RotatingMachine(seed);
            for (int label = 0; label < CONDITIONS.size(); label++) {
                Condition condition = CONDITIONS.get(label);
                machine.condition(condition);
                skip(machine, ONSET_SAMPLES);
                for (int window = 0; window < DEMO_WINDOWS; window++) {
                    float[] samples = new float[WINDOW];
                    machine.fill(samples);
                    examples.add(new Example(samples, label, machine.severity()));
                }
            }
        }
        return examples;
    }

    private static double within(List<Band> bands, Random random) {
        Band band = bands.get(random.nextInt(bands.size()));
        return band.low() + (band.high() - band.low()) * random.nextDouble();
    }

    private static void skip(RotatingMachine machine, int samples) {
        for (int i = 0; i < samples; i++) {
            machine.nextSample();
        }
    }
}
