package io.fulmar.training.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.training.network.Parameters;
import org.junit.jupiter.api.Test;

class QuantizedParametersTest {
    private static final Parameters TWO_FILTERS =
            new Parameters(new float[] {1.27f, -0.5f, 0.1f, -12.7f, 5, 1}, new float[] {0.5f, -2});

    @Test
    void eachFilterUsesItsWholeRange() {
        QuantizedParameters quantized = QuantizedParameters.of(TWO_FILTERS, 0.5f, true);
        assertThat(quantized.weightScales()[0]).isCloseTo(0.01f, within(1e-6f));
        assertThat(quantized.weightScales()[1]).isCloseTo(0.1f, within(1e-6f));
        assertThat(quantized.weights()).containsExactly(127, -50, 10, -127, 50, 10);
    }

    @Test
    void aBiasHasTheScaleOfInputTimesWeight() {
        QuantizedParameters quantized = QuantizedParameters.of(TWO_FILTERS, 0.5f, true);
        for (int filter = 0; filter < 2; filter++) {
            assertThat(quantized.biasScales()[filter])
                    .isEqualTo(0.5f * quantized.weightScales()[filter]);
            assertThat(quantized.biases()[filter] * quantized.biasScales()[filter])
                    .isCloseTo(TWO_FILTERS.biases()[filter], within(quantized.biasScales()[filter]));
        }
    }

    @Test
    void oneScaleForAllFollowsTheLargestWeight() {
        QuantizedParameters quantized = QuantizedParameters.of(TWO_FILTERS, 0.5f, false);
        assertThat(quantized.weightScales()).hasSize(1);
        assertThat(quantized.weights()).containsExactly(13, -5, 1, -127, 50, 10);
    }

    @Test
    void aFilterOfZerosDoesNoHarm() {
        QuantizedParameters quantized =
                QuantizedParameters.of(new Parameters(new float[] {0, 0}, new float[] {0}), 1, true);
        assertThat(quantized.weights()).containsOnly(0);
        assertThat(quantized.weightScales()[0]).isPositive();
    }
}
