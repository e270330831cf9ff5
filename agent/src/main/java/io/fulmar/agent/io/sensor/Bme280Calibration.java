package io.fulmar.agent.io.sensor;

/**
 * What one BME280 was measured to be when it was made, and the formulas that turn what it reads into physics.
 *
 * <p>"BME280", Bosch Sensortec, BST-BME280-DS002, revision 1.6: places of the values in Table 16, formulas in double precision in
 * section 8.1. Temperature and pressure are those of the BMP280, whose data sheet (BST-BMP280-DS001, section 3.12) has an example
 * with numbers. Immutable.
 */
record Bme280Calibration(
        int t1,
        int t2,
        int t3,
        int p1,
        int p2,
        int p3,
        int p4,
        int p5,
        int p6,
        int p7,
        int p8,
        int p9,
        int h1,
        int h2,
        int h3,
        int h4,
        int h5,
        int h6) {

    /** Before any was read. */
    static final Bme280Calibration NONE = new Bme280Calibration(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /**
     * @param low registers 0x88 to 0xA1
     * @param high registers 0xE1 to 0xE7
     */
    static Bme280Calibration of(byte[] low, byte[] high) {
        return new Bme280Calibration(
                unsigned(low, 0),
                signed(low, 2),
                signed(low, 4),
                unsigned(low, 6),
                signed(low, 8),
                signed(low, 10),
                signed(low, 12),
                signed(low, 14),
                signed(low, 16),
                signed(low, 18),
                signed(low, 20),
                signed(low, 22),
                low[25] & 0xFF,
                signed(high, 0),
                high[2] & 0xFF,
                high[3] << 4 | (high[4] & 0x0F),
                high[5] << 4 | (high[4] & 0xFF) >> 4,
                high[6]);
    }

    private static int unsigned(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << 8;
    }

    private static int signed(byte[] bytes, int at) {
        return (short) unsigned(bytes, at);
    }

    /** Whether a chip can have these: not those of a bus on which nobody answers, which reads zeros or ones. */
    boolean isPossible() {
        boolean zeros = t1 == 0 || p1 == 0;
        boolean ones = t1 == 0xFFFF && t2 == -1 && p1 == 0xFFFF;
        return !zeros && !ones;
    }

    /** What pressure and humidity need of the temperature. */
    double fine(int temperature) {
        double one = (temperature / 16384.0 - t1 / 1024.0) * t2;
        double offset = temperature / 131072.0 - t1 / 8192.0;
        return one + offset * offset * t3;
    }

    static double celsius(double fine) {
        return fine / 5120;
    }

    double pascal(int pressure, double fine) {
        double one = fine / 2 - 64_000;
        double two = one * one * p6 / 32_768;
        two += one * p5 * 2;
        two = two / 4 + p4 * 65_536.0;
        one = (p3 * one * one / 524_288 + p2 * one) / 524_288;
        one = (1 + one / 32_768) * p1;
        if (one == 0) {
            return 0;
        }
        double pascal = 1_048_576.0 - pressure;
        pascal = (pascal - two / 4_096) * 6_250 / one;
        one = p9 * pascal * pascal / 2_147_483_648.0;
        two = pascal * p8 / 32_768;
        return pascal + (one + two + p7) / 16;
    }

    /** Relative, in %. */
    double humidity(int humidity, double fine) {
        double value = fine - 76_800;
        value = (humidity - (h4 * 64.0 + h5 / 16_384.0 * value))
                * (h2 / 65_536.0 * (1 + h6 / 67_108_864.0 * value * (1 + h3 / 67_108_864.0 * value)));
        value *= 1 - h1 * value / 524_288;
        return Math.clamp(value, 0, 100);
    }
}
