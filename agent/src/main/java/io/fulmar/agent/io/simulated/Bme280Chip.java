package io.fulmar.agent.io.simulated;

import io.fulmar.agent.io.bus.BusException;
import java.util.Arrays;

/**
 * A BME280 ("BME280", Bosch Sensortec, BST-BME280-DS002, revision 1.6): registers of Table 18, forced mode with its measurement
 * time, humidity that takes effect with CTRL_MEAS, shadowed data. What it would read of an ambience it finds by trying, with the
 * integer formulas of section 4.2.3, while the driver uses those in floating point. Owned by the board that it is on.
 */
final class Bme280Chip implements I2cChip {
    private static final int ID = 0xD0;
    private static final int RESET = 0xE0;
    private static final int CTRL_HUM = 0xF2;
    private static final int STATUS = 0xF3;
    private static final int CTRL_MEAS = 0xF4;
    private static final int CONFIG = 0xF5;
    private static final int DATA = 0xF7;
    private static final int TWENTY_BITS = 1 << 20;
    private static final int SIXTEEN_BITS = 1 << 16;

    private final int[] registers = new int[0x100];
    private double celsius = 21.5;
    private double pascal = 100_650;
    private double humidity = 45;
    private int oversampledHumidity;
    private long doneNanos;
    private boolean measuring;
    private long resetNanos = Long.MIN_VALUE;
    private boolean another;

    Bme280Chip() {
        reset();
    }

    /** What surrounds it from now on: °C, Pa and relative humidity in %. */
    void ambience(double newCelsius, double newPascal, double newHumidity) {
        celsius = newCelsius;
        pascal = newPascal;
        humidity = newHumidity;
    }

    @Override
    public int read(int register, long nowNanos) {
        finish(nowNanos);
        return switch (register & 0xFF) {
            case ID -> another ? 0x58 : 0x60; // that of a BMP280
            case STATUS -> (measuring ? 0x08 : 0) | (nowNanos - resetNanos < 2_000_000 ? 0x01 : 0);
            default -> registers[register & 0xFF];
        };
    }

    @Override
    public int after(int register) {
        return register + 1;
    }

    @Override
    public void write(int register, int value, long nowNanos) {
        finish(nowNanos);
        switch (register) {
            case RESET -> {
                if (value == 0xB6) {
                    reset();
                    resetNanos = nowNanos;
                }
            }
            case CTRL_HUM, CONFIG -> registers[register] = value;
            case CTRL_MEAS -> {
                registers[register] = value;
                oversampledHumidity = registers[CTRL_HUM] & 0x07;
                if ((value & 0x03) == 1 || (value & 0x03) == 2) {
                    measuring = true;
                    doneNanos = nowNanos + measurementNanos(value);
                }
            }
            default ->
                throw new BusException(
                        BusException.Kind.FAILED, "register " + register + " of the BME280 is not to be written", "");
        }
    }

    /** The longest of section 9.1. */
    private long measurementNanos(int control) {
        double millis = 1.25 + 2.3 * times(control >> 5);
        millis += times(control >> 2 & 7) == 0 ? 0 : 2.3 * times(control >> 2 & 7) + 0.575;
        millis += times(oversampledHumidity) == 0 ? 0 : 2.3 * times(oversampledHumidity) + 0.575;
        return Math.round(millis * 1e6);
    }

    private static int times(int code) {
        return code == 0 ? 0 : 1 << Math.min(4, code - 1);
    }

    private void finish(long nowNanos) {
        if (!measuring || nowNanos - doneNanos < 0) {
            return;
        }
        measuring = false;
        int control = registers[CTRL_MEAS];
        registers[CTRL_MEAS] = control & ~0x03; // forced mode ends in sleep
        int temperature = inverse(TWENTY_BITS, false, it -> celsius(it) - celsius);
        int fine = Bme280Integers.fine(temperature);
        twenty(
                DATA,
                times(control >> 2 & 7) == 0
                        ? 0x80000
                        : inverse(TWENTY_BITS, true, it -> Bme280Integers.pascal(it, fine) - pascal));
        twenty(DATA + 3, times(control >> 5) == 0 ? 0x80000 : temperature);
        int wet = times(oversampledHumidity) == 0
                ? 0x8000
                : inverse(SIXTEEN_BITS, false, it -> Bme280Integers.humidity(it, fine) - humidity);
        registers[DATA + 6] = wet >> 8;
        registers[DATA + 7] = wet & 0xFF;
    }

    private static double celsius(int reading) {
        return Bme280Integers.celsius(Bme280Integers.fine(reading));
    }

    /** The reading whose value is nearest, of a function that rises, or falls. */
    private static int inverse(int readings, boolean falls, java.util.function.IntToDoubleFunction difference) {
        int low = 0;
        int high = readings - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (difference.applyAsDouble(middle) < 0 == falls) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private void twenty(int at, int value) {
        registers[at] = value >> 12;
        registers[at + 1] = value >> 4 & 0xFF;
        registers[at + 2] = (value & 0x0F) << 4;
    }

    @Override
    public void reset() {
        Arrays.fill(registers, 0);
        Bme280Integers.store(registers);
        twenty(DATA, 0x80000);
        twenty(DATA + 3, 0x80000);
        registers[DATA + 6] = 0x80;
        measuring = false;
        oversampledHumidity = 0;
    }

    @Override
    public void impersonate(boolean other) {
        another = other;
    }

    @Override
    public void neglect() {
        // it has no FIFO
    }
}
