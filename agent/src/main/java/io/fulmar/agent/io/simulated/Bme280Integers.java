package io.fulmar.agent.io.simulated;

/**
 * The integer formulas of the BME280 (BST-BME280-DS002, revision 1.6, section 4.2.3; pressure in 64 bits) with the calibration of
 * one chip: for temperature and pressure that of the example in BST-BMP280-DS001, section 3.12. Immutable.
 */
final class Bme280Integers {
    private static final int T1 = 27_504;
    private static final int T2 = 26_435;
    private static final int T3 = -1_000;
    private static final int P1 = 36_477;
    private static final int P2 = -10_685;
    private static final int P3 = 3_024;
    private static final int P4 = 2_855;
    private static final int P5 = 140;
    private static final int P6 = -7;
    private static final int P7 = 15_500;
    private static final int P8 = -14_600;
    private static final int P9 = 6_000;
    private static final int H1 = 75;
    private static final int H2 = 362;
    private static final int H3 = 0;
    private static final int H4 = 313;
    private static final int H5 = 50;
    private static final int H6 = 30;

    private Bme280Integers() {}

    /** Puts the calibration where a driver finds it (Table 16). */
    static void store(int[] registers) {
        int[] words = {T1, T2, T3, P1, P2, P3, P4, P5, P6, P7, P8, P9};
        for (int i = 0; i < words.length; i++) {
            registers[0x88 + 2 * i] = words[i] & 0xFF;
            registers[0x89 + 2 * i] = words[i] >> 8 & 0xFF;
        }
        registers[0xA1] = H1;
        registers[0xE1] = H2 & 0xFF;
        registers[0xE2] = H2 >> 8 & 0xFF;
        registers[0xE3] = H3;
        registers[0xE4] = H4 >> 4 & 0xFF;
        registers[0xE5] = (H4 & 0x0F) | (H5 & 0x0F) << 4;
        registers[0xE6] = H5 >> 4 & 0xFF;
        registers[0xE7] = H6 & 0xFF;
    }

    static int fine(int adc) {
        int one = (((adc >> 3) - (T1 << 1)) * T2) >> 11;
        int two = (((((adc >> 4) - T1) * ((adc >> 4) - T1)) >> 12) * T3) >> 14;
        return one + two;
    }

    static double celsius(int fine) {
        return ((fine * 5 + 128) >> 8) / 100.0;
    }

    static double pascal(int adc, int fine) {
        long one = fine - 128_000L;
        long two = one * one * P6;
        two += (one * P5) << 17;
        two += (long) P4 << 35;
        one = ((one * one * P3) >> 8) + ((one * P2) << 12);
        one = (((1L << 47) + one) * P1) >> 33;
        if (one == 0) {
            return 0;
        }
        long p = 1_048_576L - adc;
        p = (((p << 31) - two) * 3_125) / one;
        one = (P9 * (p >> 13) * (p >> 13)) >> 25;
        two = (P8 * p) >> 19;
        p = ((p + one + two) >> 8) + ((long) P7 << 4);
        return p / 256.0;
    }

    static double humidity(int adc, int fine) {
        int v = fine - 76_800;
        v = ((((adc << 14) - (H4 << 20) - H5 * v) + 16_384) >> 15)
                * (((((((v * H6) >> 10) * (((v * H3) >> 11) + 32_768)) >> 10) + 2_097_152) * H2 + 8_192) >> 14);
        v -= ((((v >> 15) * (v >> 15)) >> 7) * H1) >> 4;
        v = Math.clamp(v, 0, 419_430_400);
        return (v >> 12) / 1_024.0;
    }
}
