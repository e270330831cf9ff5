package io.fulmar.agent.io.simulated;

import io.fulmar.agent.io.bus.BusException;

/**
 * An ADXL345 ("ADXL345", Analog Devices, Rev. E): the registers of Table 19 that a driver needs, output in full resolution
 * clipped at the range, FIFO in bypass and stream mode with 32 entries and the output registers, overrun in INT_SOURCE that is
 * cleared by reading data. Registers can be written in standby and while it measures; reserved ones cannot. Owned by the board that it is on.
 */
final class Adxl345Chip implements I2cChip {
    private static final int DEVID = 0x00;
    private static final int BW_RATE = 0x2C;
    private static final int POWER_CTL = 0x2D;
    private static final int MEASURE = 0x08;
    private static final int INT_SOURCE = 0x30;
    private static final int DATA_FORMAT = 0x31;
    private static final int DATAX0 = 0x32;
    private static final int DATAZ1 = 0x37;
    private static final int FIFO_CTL = 0x38;
    private static final int FIFO_STATUS = 0x39;
    private static final int LAST = 0x39;
    private static final double METRES = 9.80665 / 256;
    private static final int DEPTH = 33;

    private final int[] registers = new int[LAST + 1];
    private final Sampling sampling;
    private final short[] measured = new short[3];
    private final short[] output = new short[3];
    private boolean another;

    Adxl345Chip(long seed) {
        sampling = new Sampling(seed, DEPTH);
        reset();
    }

    @Override
    public int read(int register, long nowNanos) {
        measure(nowNanos);
        if (register > LAST || (register > DEVID && register < 0x1D)) {
            return 0;
        }
        return switch (register) {
            case DEVID -> another ? 0x41 : 0xE5;
            case INT_SOURCE -> (sampling.count() > 0 ? 0x80 : 0) | watermark() | (sampling.overrun() ? 0x01 : 0);
            case FIFO_STATUS -> sampling.count();
            case DATAX0 -> {
                sampling.pop(output);
                yield output[0] & 0xFF;
            }
            default ->
                register > DATAX0 && register <= DATAZ1
                        ? output[(register - DATAX0) / 2] >> (8 * ((register - DATAX0) % 2)) & 0xFF
                        : registers[register];
        };
    }

    private int watermark() {
        return sampling.count() >= (registers[FIFO_CTL] & 0x1F) ? 0x02 : 0;
    }

    @Override
    public int after(int register) {
        return register + 1;
    }

    @Override
    public void write(int register, int value, long nowNanos) {
        measure(nowNanos);
        if (register < 0x1D
                || register > FIFO_CTL
                || register == INT_SOURCE
                || (register >= DATAX0 && register <= DATAZ1)) {
            throw new BusException(
                    BusException.Kind.FAILED, "register " + register + " of the ADXL345 is not to be written", "");
        }
        registers[register] = value;
        switch (register) {
            case POWER_CTL, BW_RATE -> {
                boolean measures = (registers[POWER_CTL] & MEASURE) != 0;
                // 3200 Hz is code 15, and each code below it half of that (Table 7)
                sampling.start(measures ? 3_200 >> (15 - (registers[BW_RATE] & 0x0F)) : 0, nowNanos);
            }
            case FIFO_CTL -> {
                if (value >> 6 == 0) {
                    sampling.clear();
                }
            }
            default -> {}
        }
    }

    private void measure(long nowNanos) {
        int range = 2 << (registers[DATA_FORMAT] & 0x03);
        sampling.go(
                nowNanos,
                metres -> {
                    for (int i = 0; i < 3; i++) {
                        double counts = Math.rint(metres[i] / METRES);
                        measured[i] = (short) Math.clamp(counts, -256.0 * range, 256.0 * range - 1);
                    }
                },
                measured);
    }

    @Override
    public void reset() {
        java.util.Arrays.fill(registers, 0);
        registers[BW_RATE] = 0x0A;
        registers[INT_SOURCE] = 0x02;
        sampling.start(0, 0);
        sampling.clear();
    }

    @Override
    public void impersonate(boolean other) {
        another = other;
    }

    @Override
    public void neglect() {
        sampling.neglect();
    }
}
