package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.Golden;
import io.fulmar.agent.io.Content;
import io.fulmar.config.PreprocessSettings.ResampleSeries;
import io.fulmar.config.PreprocessSettings.ResampleSeries.Clock;
import io.fulmar.config.PreprocessSettings.ResampleSeries.Means;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeriesStepTest {

    @Test
    void aFixedRateGoesThroughTheLowPassOfScipy() {
        float[] vibration = Golden.floats("signal/vibration");
        float[] expected = Golden.floats("signal/decimated-200");
        SeriesStep step =
                SeriesStep.of(new ResampleSeries(200, 3_200.0, null, Means.FILTER, 3, Duration.ofSeconds(1)), 3);
        List<Float> given = new ArrayList<>();
        for (int at = 0; at < vibration.length; at += 15) {
            float[] frame = Arrays.copyOfRange(vibration, at, Math.min(at + 15, vibration.length));
            for (Content next = step.apply(new Content.Values(frame)); next != null; next = step.more()) {
                for (float value : ((Content.Values) next).values()) {
                    given.add(value);
                }
            }
        }
        // what needs samples that come later is not given
        assertThat(given).hasSizeBetween(expected.length - 33, expected.length).hasSizeGreaterThanOrEqualTo(3);
        for (int i = 0; i < given.size(); i++) {
            assertThat(given.get(i)).as("%d", i).isCloseTo(expected[i], within(1e-5f));
        }
    }

    @Test
    void ratesMayBeFractions() {
        assertThat(SeriesStep.possible(0.5, 0.1)).isTrue();
        assertThat(SeriesStep.possible(104, 50)).isTrue();
        assertThat(SeriesStep.possible(99.99, 50)).isFalse();
    }

    @Test
    void aTimeThatIsTooLargeToBeExactIsRefused() {
        SeriesStep step =
                SeriesStep.of(new ResampleSeries(100, null, Clock.S, Means.LINEAR, 1, Duration.ofSeconds(1)), 1);
        assertThat(step.apply(new Content.Values(new float[] {3_600, 1}))).isNotNull();
        assertThatThrownBy(() -> step.apply(new Content.Values(new float[] {1_763_830_000, 2})))
                .isInstanceOf(StageException.class)
                .hasMessageContaining("is too large to be told from the next one");
    }
}
