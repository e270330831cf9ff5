package io.fulmar.model.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.model.pack.Histogram;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DistanceTest {
    @Test
    void theSameIsNoDistanceAndNothingInItsPlaceIsALarge() {
        double[] was = {0.25, 0.5, 0.25};

        assertThat(Distance.psi(was, was, 1e-4)).isZero();
        assertThat(Distance.ks(was, was)).isZero();
        // (0.5 − 0.25) · ln 2 + (0.25 − 0.5) · ln 0.5
        assertThat(Distance.psi(was, new double[] {0.5, 0.25, 0.25}, 1e-4)).isEqualTo(0.5 * Math.log(2), within(1e-12));
        assertThat(Distance.ks(was, new double[] {0.5, 0.25, 0.25})).isEqualTo(0.25);
        assertThat(Distance.ks(new double[] {1, 0}, new double[] {0, 1})).isEqualTo(1);
        // (0.9999 − 0.0001) · ln 10,000, for the share of nothing counts as 0.0001
        assertThat(Distance.psi(Map.of("a", 1.0), Map.of("b", 1.0)))
                .isEqualTo(2 * (1 - 1e-4) * Math.log(1e4), within(1e-9));
    }

    @Test
    void countsAreSharesOfTheirSum() {
        assertThat(Distance.shares(new long[] {1, 3})).containsExactly(0.25, 0.75);
        assertThat(Distance.shares(new long[] {0, 0})).containsExactly(0, 0);
        assertThat(Distance.shares(Map.of("a", 1L, "b", 4L))).isEqualTo(Map.of("a", 0.2, "b", 0.8));
    }

    @Test
    void whatAManifestSaysOfConfidenceIsAHistogramOfTenths() {
        var reference = new ModelManifest.Reference(
                Map.of("calm", 0.75, "broken", 0.25),
                List.of(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.7),
                List.of(new Histogram("input 0", List.of(-1.5f, 2f), List.of(0.25, 0.5, 0.25))));

        Baseline baseline = Baseline.of(reference);

        assertThat(baseline.labels()).isEqualTo(reference.labels());
        assertThat(Objects.requireNonNull(baseline.number("confidence")).edges())
                .containsExactly(0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f);
        assertThat(baseline.number("input 0")).isEqualTo(reference.inputs().getFirst());
        assertThat(baseline.number("input 1")).isNull();
        assertThat(Baseline.of(null)).isEqualTo(Baseline.NONE);
    }

    @Test
    void aBaselineIsReadAsItWasWritten() {
        Baseline baseline = new Baseline(
                Map.of("größer", 0.25, "b", 0.75),
                List.of(new Histogram("input mean", List.of(0.1f, Float.MAX_VALUE), List.of(0.125, 0.875, 0.0))));

        assertThat(Baseline.parse(baseline.toJson())).isEqualTo(baseline);
        assertThatThrownBy(() -> Baseline.parse("{\"labels\":{}}".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .isInstanceOf(PackageException.class)
                .hasMessageContaining("needs the list 'numbers'");
    }

    @Test
    void aHistogramWithoutAShareForEachIntervalIsRefused() {
        assertThatThrownBy(() -> new Histogram("x", List.of(1f, 2f), List.of(0.5, 0.5)))
                .hasMessageContaining("one share more");
        assertThatThrownBy(() -> new Histogram("x", List.of(2f, 1f), List.of(0.5, 0.5, 0.0)))
                .hasMessageContaining("do not rise");
        assertThatThrownBy(() -> new Histogram("x", List.of(1f), List.of(0.5, 0.25)))
                .hasMessageContaining("add up to 0.75");
    }
}
