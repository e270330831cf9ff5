package io.fulmar.agent.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.Golden;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Samples that come at any time, as NumPy brings them to a fixed rate. */
class SeriesTest {
    private static final double FOREVER = 1e9;

    @Test
    void betweenTwoSamplesLiesWhatNumpyInterpolates() {
        same("uneven-linear-8", new Series(2, 8, FOREVER, false));
    }

    @Test
    void aMeanIsThatOfWhatCameInItsPeriod() {
        same("uneven-mean-4", new Series(2, 4, FOREVER, true));
    }

    @Test
    void aFixedRateIsOneOfTimesToo() {
        float[] vibration = Golden.floats("signal/vibration");
        Series series = new Series(3, 1_000, FOREVER, false);
        List<Float> given = new ArrayList<>();
        for (int i = 0; 3 * i < vibration.length; i++) {
            series.add(i / 3_200.0, vibration, 3 * i);
            drain(series, given);
        }
        same(given, Golden.floats("signal/linear-1000"));
    }

    @Test
    void aPeriodInWhichNothingCameIsWhatLiesInItsMiddle() {
        Series series = new Series(1, 1, FOREVER, true);
        List<Float> given = new ArrayList<>();
        for (float[] it : new float[][] {{0, 0}, {0.5f, 2}, {4, 16}, {5, 20}}) {
            series.add(it[0], it, 1);
            drain(series, given);
        }
        assertThat(given).containsExactly(1f, 6f, 10f, 14f, 16f);
    }

    @Test
    void afterAGapAnotherSeriesBegins() {
        Series series = new Series(1, 2, 1, false);
        List<Float> given = new ArrayList<>();
        double[] broken = new double[6];
        float[][] rows = {{0, 0}, {1, 10}, {3.25f, 50}, {3.75f, 60}, {2, 70}, {2.5f, 80}};
        for (int i = 0; i < rows.length; i++) {
            broken[i] = series.add(rows[i][0], rows[i], 1);
            drain(series, given);
        }
        assertThat(broken).containsExactly(0, 0, 2.25, 0, -1.75, 0);
        assertThat(given).containsExactly(0f, 5f, 10f, 50f, 60f, 70f, 80f);
    }

    private static void same(String name, Series series) {
        float[] rows = Golden.floats("signal/uneven");
        List<Float> given = new ArrayList<>();
        for (int i = 0; i < rows.length; i += 3) {
            assertThat(series.add(rows[i], rows, i + 1)).isZero();
            drain(series, given);
        }
        same(given, Golden.floats("signal/" + name));
    }

    private static void same(List<Float> given, float[] expected) {
        assertThat(given).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(given.get(i)).as("%d", i).isCloseTo(expected[i], within(1e-5f));
        }
    }

    private static void drain(Series series, List<Float> given) {
        for (float[] next = series.next(); next != null; next = series.next()) {
            for (float value : next) {
                given.add(value);
            }
        }
    }
}
