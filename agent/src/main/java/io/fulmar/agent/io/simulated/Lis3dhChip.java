package io.fulmar.agent.io.simulated;

import io.fulmar.agent.io.bus.BusException;

/**
 * An LIS3DH ("LIS3DH", ST, DocID17530 Rev 2): the registers of Table 21 that a driver needs, output in high resolution at the
 * range of CTRL_REG4, FIFO of 32 with its source register, the next register of a transfer only with the upper bit of the
 * sub-address, and from OUT_Z_H back to OUT_X_L while the FIFO is on. Owned by the board that it is on.
 */
final class Lis3dhChip implements I2cChip {
    private static final int WHO_AM_I = 0x0F;
    private static final int CTRL_REG1 = 0x20;
    private static final int CTRL_REG4 = 0x23;
    private static final int CTRL_REG5 = 0x24;
    private static final int STATUS_REG = 0x27;
    private static final int OUT_X_L = 0x28;
    private static final int OUT_Z_H = 0x2D;
    private static final int FIFO_CTRL_REG = 0x2E;
    private static final int FIFO_SRC_REG = 0x2F;
    private static final int LAST = 0x3F;
    private static final int INCREMENT = 0x80;
    private static final int DEPTH = 32;
    private static final int[] RATES = {0, 1, 10, 25, 50, 100, 200, 400, 1_600, 1_344, 0, 0, 0, 0, 0, 0};

    private final int[] registers = new int[LAST + 1];
    private final Sampling sampling;
    private final short[] measured = new short[3];
    private final short[] output = new short[3];
    private boolean another;

    Lis3dhChip(long seed) {
        sampling = new Sampling(seed, DEPTH);
        reset();
    }

    @Override
    public int read(int subAddress, long nowNanos) {
        measure(nowNanos);
        int register = subAddress & ~INCREMENT;
        if (register > LAST) {
            return 0;
        }
        return switch (register) {
            case WHO_AM_I -> another ? 0x32 : 0x33;
            case STATUS_REG -> sampling.count() > 0 ? 0x0F : 0;
            case FIFO_SRC_REG -> source();
            case OUT_X_L -> {
                sampling.pop(output);
                yield output[0] & 0xFF;
            }
            default ->
                register > OUT_X_L && register <= OUT_Z_H
                        ? output[(register - OUT_X_L) / 2] >> (8 * ((register - OUT_X_L) % 2)) & 0xFF
                        : registers[register];
        };
    }

    /** WTM, OVRN_FIFO, EMPTY and the number of unread samples, of which 31 is the most that fits (8.18). */
    private int source() {
        int count = sampling.count();
        int watermark = count > (registers[FIFO_CTRL_REG] & 0x1F) ? 0x80 : 0;
        int full = count == DEPTH ? 0x40 : 0;
        return count == 0 ? 0x20 : watermark | full | Math.min(31, count);
    }

    @Override
    public int after(int subAddress) {
        if ((subAddress & INCREMENT) == 0) {
            return subAddress;
        }
        boolean round = subAddress == (OUT_Z_H | INCREMENT) && (registers[CTRL_REG5] & 0x40) != 0;
        return round ? OUT_X_L | INCREMENT : subAddress + 1;
    }

    @Override
    public void write(int register, int value, long nowNanos) {
        measure(nowNanos);
        if (register < 0x1E
                || register > LAST
                || (register >= STATUS_REG && register <= OUT_Z_H)
                || register == FIFO_SRC_REG) {
            throw new BusException(
                    BusException.Kind.FAILED, "register " + register + " of the LIS3DH is not to be written", "");
        }
        registers[register] = value;
        if (register == CTRL_REG1) {
            sampling.start(RATES[value >> 4], nowNanos);
        } else if (register == FIFO_CTRL_REG && value >> 6 == 0) {
            sampling.clear();
        }
    }

    private void measure(long nowNanos) {
        int scale = registers[CTRL_REG4] >> 4 & 0x03;
        // mg a digit of 12 bits in high resolution (Table 4)
        double metres = 9.80665 / 1000 * (scale == 3 ? 12 : 1 << scale);
        sampling.go(
                nowNanos,
                in -> {
                    for (int i = 0; i < 3; i++) {
                        measured[i] = (short) ((int) Math.clamp(Math.rint(in[i] / metres), -2048.0, 2047.0) << 4);
                    }
                },
                measured);
        if ((registers[CTRL_REG5] & 0x40) == 0) {
            sampling.clear(); // without the FIFO only the last one is there, which nobody here reads
        }
    }

    @Override
    public void reset() {
        java.util.Arrays.fill(registers, 0);
        registers[CTRL_REG1] = 0x07;
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
