package io.fulmar.agent.io.sensor;

import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.I2c;

/**
 * The sensor BME280 over I2C in forced mode, each measurement asked for: temperature in °C, relative humidity in %, pressure in
 * hPa.
 *
 * <p>From the data sheet "BME280", Bosch Sensortec, BST-BME280-DS002, revision 1.6: memory map (5.3, Table 18), registers (5.4),
 * measurement time (9.1), calibration values (4.2.2, Table 16); the formulas are in {@link Bme280Calibration}. Owned by one
 * thread.
 */
final class Bme280 implements SensorDriver {
    private static final String CHIP = "BME280";
    private static final int ID = 0xD0;
    private static final int ID_IS = 0x60;
    private static final int RESET = 0xE0;
    private static final int RESET_NOW = 0xB6;
    private static final int CALIBRATION_LOW = 0x88;
    private static final int CALIBRATION_LOW_BYTES = 26;
    private static final int CALIBRATION_HIGH = 0xE1;
    private static final int CALIBRATION_HIGH_BYTES = 7;
    private static final int CTRL_HUM = 0xF2;
    private static final int STATUS = 0xF3;
    private static final int MEASURING = 0x08;
    private static final int COPYING = 0x01;
    private static final int CTRL_MEAS = 0xF4;
    private static final int CONFIG = 0xF5;
    private static final int DATA = 0xF7;

    /** Each quantity measured once. */
    private static final int ONCE = 1;

    private static final int FORCED = 0x01;

    /** What the chip says in the place of a quantity that it did not measure (5.4.7 to 5.4.9). */
    private static final int SKIPPED_20 = 0x80000;

    private static final int SKIPPED_16 = 0x8000;

    /** The longest that a measurement takes: 1.25 + 2.3 + (2.3 + 0.575) + (2.3 + 0.575) ms (9.1). */
    private static final long MEASUREMENT_NANOS = 9_300_000;

    /** Start-up after a reset (1.1, Table 1). */
    private static final long START_NANOS = 2_000_000;

    private static final int PATIENCE = 10;

    private final I2c bus;
    private final Fetching fetching;
    private final byte[] data = new byte[8];
    private Step step = Step.RESETTING;
    private long stepNanos;
    private int waited;
    private Bme280Calibration calibration = Bme280Calibration.NONE;

    private enum Step {
        RESETTING,
        IDLE,
        MEASURING
    }

    /** @param rate measurements a second */
    Bme280(I2c bus, double rate) {
        this.bus = bus;
        this.fetching = new Fetching(rate);
    }

    @Override
    public int channels() {
        return 3;
    }

    @Override
    public int burst() {
        return 1;
    }

    @Override
    public void start(long nowNanos) {
        checkId();
        bus.write(RESET, RESET_NOW);
        step = Step.RESETTING;
        stepNanos = nowNanos + START_NANOS;
        waited = 0;
        fetching.start(nowNanos);
    }

    private void checkId() {
        int id = bus.read(ID);
        if (id != ID_IS) {
            throw Acceleration.wrongChip(CHIP, ID, ID_IS, id);
        }
    }

    @Override
    public int fetch(long nowNanos, float[] into) {
        if (nowNanos - nextNanos() < 0) {
            return 0;
        }
        return switch (step) {
            case RESETTING -> {
                if (!waits(COPYING, nowNanos)) {
                    readCalibration();
                    step = Step.IDLE;
                }
                yield 0;
            }
            case IDLE -> {
                fetching.done(nowNanos);
                checkId(); // a bus that floats reads as plausible numbers too
                bus.write(CONFIG, 0);
                bus.write(CTRL_HUM, ONCE); // counts with the next write of CTRL_MEAS (5.4.3)
                bus.write(CTRL_MEAS, ONCE << 5 | ONCE << 2 | FORCED);
                step = Step.MEASURING;
                stepNanos = nowNanos + MEASUREMENT_NANOS;
                waited = 0;
                yield 0;
            }
            case MEASURING -> waits(MEASURING, nowNanos) ? 0 : measured(into);
        };
    }

    /** Whether the chip is still at it; not for ever. */
    private boolean waits(int bit, long nowNanos) {
        int status = bus.read(STATUS);
        if ((status & ~(MEASURING | COPYING)) != 0) {
            throw Acceleration.impossible(CHIP, "status", status);
        }
        if ((status & bit) == 0) {
            return false;
        }
        if (++waited > PATIENCE) {
            throw new BusException(
                    BusException.Kind.SILENT, "the BME280 does not come to an end", "check its power, 1.71 to 3.6 V");
        }
        stepNanos = nowNanos + START_NANOS;
        return true;
    }

    private void readCalibration() {
        byte[] low = new byte[CALIBRATION_LOW_BYTES];
        byte[] high = new byte[CALIBRATION_HIGH_BYTES];
        bus.read(CALIBRATION_LOW, low);
        bus.read(CALIBRATION_HIGH, high);
        calibration = Bme280Calibration.of(low, high);
        if (!calibration.isPossible()) {
            throw new BusException(
                    BusException.Kind.GARBAGE,
                    "the calibration values of the BME280 cannot be",
                    "check its power and the pull-up resistors and length of the bus");
        }
    }

    private int measured(float[] into) {
        step = Step.IDLE;
        bus.read(DATA, data);
        int pressure = twenty(0);
        int temperature = twenty(3);
        int humidity = (data[6] & 0xFF) << 8 | (data[7] & 0xFF);
        if (pressure == SKIPPED_20 || temperature == SKIPPED_20 || humidity == SKIPPED_16) {
            // it was reset in between and measured nothing
            throw new BusException(
                    BusException.Kind.SILENT, "the BME280 has measured nothing", "check its power, 1.71 to 3.6 V");
        }
        double fine = calibration.fine(temperature);
        into[0] = (float) Bme280Calibration.celsius(fine);
        into[1] = (float) calibration.humidity(humidity, fine);
        into[2] = (float) (calibration.pascal(pressure, fine) / 100);
        return 1;
    }

    private int twenty(int at) {
        return (data[at] & 0xFF) << 12 | (data[at + 1] & 0xFF) << 4 | (data[at + 2] & 0xFF) >> 4;
    }

    @Override
    public long nextNanos() {
        return step == Step.IDLE ? fetching.next() : stepNanos;
    }

    @Override
    public void close() {
        bus.close();
    }
}
