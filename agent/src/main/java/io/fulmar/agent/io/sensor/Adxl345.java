package io.fulmar.agent.io.sensor;

import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.I2c;
import java.util.List;
import java.util.Locale;

/**
 * The three-axis accelerometer ADXL345 over I2C, its samples through the FIFO in stream mode, in m/s².
 *
 * <p>From the data sheet "ADXL345", Analog Devices, Rev. E: register map (Table 19), register definitions (DEVID, BW_RATE,
 * POWER_CTL, INT_SOURCE, DATA_FORMAT, DATAX0 to DATAZ1, FIFO_CTL, FIFO_STATUS), data rates (Table 7), FIFO (section "FIFO",
 * "Retrieving Data from FIFO"), sensitivity in full resolution 256 LSB/g at each range (Table 1), I2C (section "I2C": at 400 kHz
 * up to 800 Hz, and proportionally less at lower speeds). Owned by one thread.
 */
final class Adxl345 implements SensorDriver {
    /** Rates in Hz, and the code of each in BW_RATE (Table 7). */
    private static final List<Integer> RATES = List.of(25, 50, 100, 200, 400, 800);

    private static final int CODE_OF_25_HZ = 0x08;

    private static final String CHIP = "ADXL345";
    private static final int DEVID = 0x00;
    private static final int ID = 0xE5;
    private static final int BW_RATE = 0x2C;
    private static final int POWER_CTL = 0x2D;
    private static final int MEASURE = 0x08;
    private static final int INT_ENABLE = 0x2E;
    private static final int INT_SOURCE = 0x30;
    private static final int OVERRUN = 0x01;
    private static final int DATA_FORMAT = 0x31;
    private static final int FULL_RES = 0x08;
    private static final int DATAX0 = 0x32;
    private static final int FIFO_CTL = 0x38;
    private static final int STREAM = 0x80;
    private static final int WATERMARK = 16;
    private static final int FIFO_STATUS = 0x39;
    private static final int ENTRIES = 0x3F;
    private static final int RESERVED = 0x40;

    /** 32 in the FIFO and one in the output registers (section "FIFO"). */
    private static final int MOST = 33;

    private static final double METRES = Acceleration.GRAVITY / 256;

    private final I2c bus;
    private final int rate;
    private final int range;
    private final int[] axes;
    private final Fetching fetching;
    private final byte[] sample = new byte[6];

    /**
     * @param rate in Hz
     * @param range 2, 4, 8 or 16 g
     * @param axes which of x (0), y (1) and z (2) a sample has
     */
    Adxl345(I2c bus, int rate, int range, int[] axes) {
        if (!RATES.contains(rate)) {
            throw new IllegalArgumentException("no rate of the ADXL345: " + rate);
        }
        this.bus = bus;
        this.rate = rate;
        this.range = range;
        this.axes = axes.clone();
        this.fetching = new Fetching((double) rate / WATERMARK);
    }

    @Override
    public int channels() {
        return axes.length;
    }

    @Override
    public int burst() {
        return MOST;
    }

    @Override
    public void start(long nowNanos) {
        int id = bus.read(DEVID);
        if (id != ID) {
            throw Acceleration.wrongChip(CHIP, DEVID, ID, id);
        }
        bus.write(POWER_CTL, 0); // standby, in which it is configured (POWER_CTL, "Measure bit")
        bus.write(INT_ENABLE, 0);
        bus.write(FIFO_CTL, 0); // bypass empties the FIFO
        Acceleration.set(bus, CHIP, DATA_FORMAT, FULL_RES | Integer.numberOfTrailingZeros(range) - 1);
        Acceleration.set(bus, CHIP, BW_RATE, CODE_OF_25_HZ + RATES.indexOf(rate));
        Acceleration.set(bus, CHIP, FIFO_CTL, STREAM | WATERMARK);
        Acceleration.set(bus, CHIP, POWER_CTL, MEASURE);
        fetching.start(nowNanos);
    }

    @Override
    public int fetch(long nowNanos, float[] into) {
        if (!fetching.due(nowNanos)) {
            return 0;
        }
        fetching.done(nowNanos);
        int status = bus.read(FIFO_STATUS);
        int entries = status & ENTRIES;
        if ((status & RESERVED) != 0 || entries > MOST) {
            throw Acceleration.impossible(CHIP, "FIFO_STATUS", status);
        }
        if ((bus.read(INT_SOURCE) & OVERRUN) != 0) {
            throw Acceleration.overrun(CHIP, rate);
        }
        for (int i = 0; i < entries; i++) {
            // one transfer takes one entry; the 5 µs between two (Retrieving Data from FIFO) pass with the next address
            bus.read(DATAX0, sample);
            for (int axis = 0; axis < axes.length; axis++) {
                short counts = Acceleration.word(sample, 2 * axes[axis]);
                if (counts < -128 * range * 2 || counts >= 128 * range * 2) {
                    throw new BusException(
                            BusException.Kind.GARBAGE,
                            String.format(
                                    Locale.ROOT,
                                    "the ADXL345 says %d counts, outside of its range of %d g",
                                    counts,
                                    range),
                            "check its power and the pull-up resistors and length of the bus");
                }
                into[i * axes.length + axis] = (float) (counts * METRES);
            }
        }
        return entries;
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
