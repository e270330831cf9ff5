package io.fulmar.agent.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.Golden;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Filters and features as NumPy and SciPy compute them, of three channels of vibration. */
class FeaturesTest {
    private static final int RATE = 3_200;
    private static final int CHANNELS = 3;

    private final float[] vibration = Golden.floats("signal/vibration");

    @Test
    void filtersAreThoseOfScipyWhereverTheStreamIsCut() {
        Biquad low = Biquad.lowPass(RATE, 100, 0.7071, CHANNELS);
        assertThat(inParts(low::apply)).containsExactly(Golden.floats("signal/low-pass"), within(1e-5f));
        Biquad high = Biquad.highPass(RATE, 400, 2, CHANNELS);
        assertThat(inParts(high::apply)).containsExactly(Golden.floats("signal/high-pass"), within(1e-5f));
        MovingAverage average = new MovingAverage(7, CHANNELS);
        assertThat(inParts(average::apply)).containsExactly(Golden.floats("signal/moving-average"), within(1e-5f));
    }

    @Test
    void featuresAreThoseOfNumpyAndScipy() {
        Features features =
                new Features(List.of(Features.Feature.values()), vibration.length, CHANNELS, RATE, new double[] {
                    0, 50, 200, 800, 1_601
                });
        float[] expected = Golden.floats("signal/features");
        float[] result = new float[features.width()];

        features.apply(vibration, result);

        assertThat(result).containsExactly(expected, within(1e-4f));
    }

    @Test
    void whatNeverMovesHasFeaturesToo() {
        Features features = new Features(List.of(Features.Feature.values()), 8, 1, 1, new double[0]);
        float[] result = new float[features.width()];

        features.apply(new float[8], result);

        assertThat(result).containsOnly(0f);
    }

    private float[] inParts(Consumer<float[]> filter) {
        Random random = new Random(20_261_122);
        float[] result = vibration.clone();
        for (int at = 0; at < result.length; ) {
            int end = Math.min(result.length, at + CHANNELS * (1 + random.nextInt(20)));
            float[] part = Arrays.copyOfRange(result, at, end);
            filter.accept(part);
            System.arraycopy(part, 0, result, at, part.length);
            at = end;
        }
        return result;
    }
}
