package io.fulmar.training;

import io.fulmar.agent.io.simulated.Condition;
import io.fulmar.training.data.VibrationWindows;
import io.fulmar.training.learn.Schooling;
import io.fulmar.training.network.Architecture;
import io.fulmar.training.network.Layer.Convolution;
import io.fulmar.training.network.Layer.Dense;
import io.fulmar.training.network.Layer.MeanPool;
import io.fulmar.training.network.Volume;
import io.fulmar.training.quantize.Affine;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** The recipe of the model bearing-condition. Has no state. */
final class BearingCondition {
    /** ±8 m/s² in steps of 1/16 m/s²: sound machines stay within ±2; what is beyond, as hard impacts, saturates. */
    static final Affine INPUT = new Affine(0.0625f, 0);

    static final List<String> LABELS =
            Stream.of(Condition.values()).map(Condition::label).toList();

    private BearingCondition() {}

    static Sample sample() {
        return new Sample(
                "bearing-condition",
                "1.0.0",
                1,
                "What a rotating machine suffers from, by 80 ms of vibration",
                architecture(),
                new Schooling(16, 64, 0.002f, 1e-5f, 1),
                BearingCondition::disturb,
                INPUT,
                "acceleration",
                LABELS,
                VibrationWindows.TRAINING.examples(),
                VibrationWindows.HELD_OUT.examples());
    }

    static Architecture architecture() {
        return new Architecture(
                new Volume(1, VibrationWindows.WINDOW, 1),
                List.of(
                        new Convolution(1, 16, 4, true, 16),
                        new Convolution(1, 8, 2, true, 24),
                        new Convolution(1, 8, 2, true, 32),
                        new Convolution(1, 8, 1, false, 48),
                        new MeanPool(),
                        new Dense(LABELS.size())));
    }

    /** Another sensor: its gain, its offset, and which way round it is mounted. What the input tensor cannot hold is cut. */
    private static void disturb(float[] window, Random random) {
        float gain = (float) (1 + 0.03 * random.nextGaussian()) * (random.nextBoolean() ? 1 : -1);
        float offset = 0.2f * (2 * random.nextFloat() - 1);
        for (int i = 0; i < window.length; i++) {
            window[i] = INPUT.dequantize(INPUT.quantize(gain * window[i] + offset));
        }
    }
}
