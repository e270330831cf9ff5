package io.fulmar.agent.io.sensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class Bme280CalibrationTest {
    /** BST-BMP280-DS001, section 3.12: the calibration of the example, where the formulas are the same. */
    private static final Bme280Calibration EXAMPLE = new Bme280Calibration(
            27_504, 26_435, -1_000, 36_477, -10_685, 3_024, 2_855, 140, -7, 15_500, -14_600, 6_000, 75, 362, 0, 313, 50,
            30);

    @Test
    void theExampleOfTheDataSheetGivesTheNumbersOfTheDataSheet() {
        double fine = EXAMPLE.fine(519_888);

        assertThat(fine).isCloseTo(128_422, within(1.0));
        assertThat(Bme280Calibration.celsius(fine)).isCloseTo(25.08, within(0.005));
        assertThat(EXAMPLE.pascal(415_148, fine)).isCloseTo(100_653.27, within(0.5));
    }

    @Test
    void valuesOfTwelveBitsShareAByteAndHaveASign() {
        byte[] low = new byte[26];
        low[0] = 0x70;
        low[1] = 0x6B;
        low[4] = 0x18;
        low[5] = (byte) 0xFC;
        low[6] = 0x7D;
        low[7] = (byte) 0x8E;
        low[25] = 75;
        byte[] high = {0x6A, 0x01, 0, (byte) 0xEC, (byte) 0x9B, (byte) 0xFD, 30};

        Bme280Calibration read = Bme280Calibration.of(low, high);

        assertThat(read.t1()).isEqualTo(27_504);
        assertThat(read.t3()).isEqualTo(-1_000);
        assertThat(read.p1()).isEqualTo(36_477);
        assertThat(read.h1()).isEqualTo(75);
        assertThat(read.h2()).isEqualTo(362);
        assertThat(read.h4()).isEqualTo((byte) 0xEC * 16 + 0x0B);
        assertThat(read.h5()).isEqualTo((byte) 0xFD * 16 + 0x09);
        assertThat(read.isPossible()).isTrue();
    }

    @Test
    void aBusOnWhichNobodyAnswersIsNoCalibration() {
        byte[] ones = new byte[26];
        java.util.Arrays.fill(ones, (byte) 0xFF);
        byte[] onesToo = new byte[7];
        java.util.Arrays.fill(onesToo, (byte) 0xFF);

        assertThat(Bme280Calibration.of(new byte[26], new byte[7]).isPossible()).isFalse();
        assertThat(Bme280Calibration.of(ones, onesToo).isPossible()).isFalse();
    }
}
