package io.fulmar.training.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AffineTest {

    @ParameterizedTest
    @CsvSource({"0, 6", "-3, 5", "-1, 0", "0.5, 2", "-7, -2", "-1e-3, 1e3"})
    void aRangeKeepsZeroExactAndEverythingElseWithinHalfAStep(float min, float max) {
        Affine affine = Affine.over(min, max);
        assertThat(affine.dequantize(affine.quantize(0))).isZero();
        for (int i = 0; i <= 100; i++) {
            float real = min + (max - min) * i / 100;
            assertThat(affine.dequantize(affine.quantize(real)))
                    .isCloseTo(real, within(affine.scale() * 0.51f + 1e-6f));
        }
    }

    @Test
    void whatIsOutsideTheRangeSaturates() {
        Affine affine = Affine.over(-1, 1);
        assertThat(affine.quantize(1e9f)).isEqualTo((byte) 127);
        assertThat(affine.quantize(-1e9f)).isEqualTo((byte) -128);
        assertThat(affine.quantize(Float.POSITIVE_INFINITY)).isEqualTo((byte) 127);
    }

    @Test
    void aRangeOfNothingIsStillAQuantization() {
        assertThat(Affine.over(0, 0)).isEqualTo(new Affine(1, 0));
    }

    @Test
    void aScaleIsPositive() {
        assertThatThrownBy(() -> new Affine(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
