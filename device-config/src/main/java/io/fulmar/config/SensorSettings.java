package io.fulmar.config;

import java.util.List;

/** A sensor on a bus. Immutable. */
public sealed interface SensorSettings {
    String name();

    /** The bus as the board calls it, such as {@code i2c1}. */
    String bus();

    /** Samples a second. */
    double rate();

    /** How many values a sample has. */
    int channels();

    /** A direction of an accelerometer. */
    enum Axis {
        X,
        Y,
        Z
    }

    /** Which accelerometer it is. */
    enum Accelerometer {
        ADXL345,
        LIS3DH
    }

    /**
     * An accelerometer on an I2C bus, in m/s².
     *
     * @param samples a second, one of those that the chip has
     * @param range in g
     *     <p>Immutable.
     */
    record Acceleration(
            String name, Accelerometer chip, String bus, int address, int samples, int range, List<Axis> axes)
            implements SensorSettings {
        public Acceleration {
            axes = List.copyOf(axes);
        }

        @Override
        public double rate() {
            return samples;
        }

        @Override
        public int channels() {
            return axes.size();
        }
    }

    /** A BME280 on an I2C bus: °C, relative humidity in %, hPa. Immutable. */
    record Climate(String name, String bus, int address, double rate) implements SensorSettings {
        @Override
        public int channels() {
            return 3;
        }
    }

    /**
     * An MCP3008 on an SPI bus: volts.
     *
     * @param reference the voltage at its V_REF
     * @param inputs of its eight, in their order
     *     <p>Immutable.
     */
    record Voltage(String name, String bus, int chipSelect, double rate, double reference, List<Integer> inputs)
            implements SensorSettings {
        public Voltage {
            inputs = List.copyOf(inputs);
        }

        @Override
        public int channels() {
            return inputs.size();
        }
    }
}
