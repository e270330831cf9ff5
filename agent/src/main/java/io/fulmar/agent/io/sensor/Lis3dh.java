package io.fulmar.agent.io.sensor;

import io.fulmar.agent.io.bus.I2c;
import java.util.List;

/**
 * The three-axis accelerometer LIS3DH over I2C, high resolution, its samples through the FIFO in stream mode, in m/s².
 *
 * <p>From the data sheet "LIS3DH", ST, DocID17530 Rev 2: register map (section 6, Table 21), WHO_AM_I (8.6), CTRL_REG1, 3, 4, 5
 * (8.8 to 8.12), FIFO_CTRL_REG and FIFO_SRC_REG (8.17, 8.18), sensitivity in high resolution (Table 4: 1, 2, 4 and 12 mg a digit
 * of 12 bits), I2C with the upper bit of the sub-address for the next register (section 6.1.1), reading of several samples in one
 * transfer (application note AN3308, section 9.4). Owned by one thread.
 */
final class Lis3dh implements SensorDriver {
    /** Rates in Hz, and the code of each in CTRL_REG1 (Table 31). */
    private static final List<Integer> RATES = List.of(10, 25, 50, 100, 200, 400, 1_344);

    private static final int[] CODES = {2, 3, 4, 5, 6, 7, 9};

    private static final String CHIP = "LIS3DH";
    private static final int WHO_AM_I = 0x0F;
    private static final int ID = 0x33;
    private static final int CTRL_REG1 = 0x20;
    private static final int ALL_AXES = 0x07;
    private static final int CTRL_REG3 = 0x22;
    private static final int CTRL_REG4 = 0x23;
    private static final int BLOCK_UPDATE_HIGH_RESOLUTION = 0x88;
    private static final int CTRL_REG5 = 0x24;
    private static final int FIFO_EN = 0x40;
    private static final int OUT_X_L = 0x28;
    private static final int AND_THE_NEXT = 0x80;
    private static final int FIFO_CTRL_REG = 0x2E;
    private static final int STREAM = 0x80;
    private static final int WATERMARK = 16;
    private static final int FIFO_SRC_REG = 0x2F;
    private static final int OVERRUN = 0x40;
    private static final int EMPTY = 0x20;
    private static final int UNREAD = 0x1F;
    private static final int DEEP = 32;

    private final I2c bus;
    private final int rate;
    private final int range;
    private final int[] axes;
    private final double metres;
    private final Fetching fetching;

    /**
     * @param rate in Hz
     * @param range 2, 4, 8 or 16 g
     * @param axes which of x (0), y (1) and z (2) a sample has
     */
    Lis3dh(I2c bus, int rate, int range, int[] axes) {
        if (!RATES.contains(rate)) {
            throw new IllegalArgumentException("no rate of the LIS3DH: " + rate);
        }
        this.bus = bus;
        this.rate = rate;
        this.range = range;
        this.axes = axes.clone();
        this.metres = Acceleration.GRAVITY / 1000 * (range == 16 ? 12 : range / 2);
        this.fetching = new Fetching((double) rate / WATERMARK);
    }

    @Override
    public int channels() {
        return axes.length;
    }

    @Override
    public int burst() {
        return DEEP;
    }

    @Override
    public void start(long nowNanos) {
        int id = bus.read(WHO_AM_I);
        if (id != ID) {
            throw Acceleration.wrongChip(CHIP, WHO_AM_I, ID, id);
        }
        bus.write(CTRL_REG1, 0); // power down
        bus.write(FIFO_CTRL_REG, 0); // bypass empties the FIFO
        Acceleration.set(bus, CHIP, CTRL_REG3, 0);
        Acceleration.set(
                bus, CHIP, CTRL_REG4, BLOCK_UPDATE_HIGH_RESOLUTION | (Integer.numberOfTrailingZeros(range) - 1) << 4);
        Acceleration.set(bus, CHIP, CTRL_REG5, FIFO_EN);
        Acceleration.set(bus, CHIP, FIFO_CTRL_REG, STREAM | WATERMARK);
        Acceleration.set(bus, CHIP, CTRL_REG1, CODES[RATES.indexOf(rate)] << 4 | ALL_AXES);
        fetching.start(nowNanos);
    }

    @Override
    public int fetch(long nowNanos, float[] into) {
        if (!fetching.due(nowNanos)) {
            return 0;
        }
        fetching.done(nowNanos);
        int source = bus.read(FIFO_SRC_REG);
        boolean empty = (source & EMPTY) != 0;
        int unread = source & UNREAD;
        if (empty && (source != EMPTY)) {
            throw Acceleration.impossible(CHIP, "FIFO_SRC_REG", source);
        }
        if ((source & OVERRUN) != 0) {
            throw Acceleration.overrun(CHIP, rate); // full: whether more came since, nobody knows
        }
        if (empty || unread == 0) {
            return 0;
        }
        byte[] samples = new byte[6 * unread];
        bus.read(OUT_X_L | AND_THE_NEXT, samples);
        for (int i = 0; i < unread; i++) {
            for (int axis = 0; axis < axes.length; axis++) {
                // 12 bits, to the left
                int counts = Acceleration.word(samples, 6 * i + 2 * axes[axis]) >> 4;
                into[i * axes.length + axis] = (float) (counts * metres);
            }
        }
        return unread;
    }

    @Override
    public long nextNanos() {
        return fetching.next();
    }

    @Override
    public void close() {
        bus.close();
    }
}
