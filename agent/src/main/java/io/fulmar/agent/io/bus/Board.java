package io.fulmar.agent.io.bus;

import java.time.Duration;

/**
 * Gives access to the pins and buses of a computer. What it opened is closed by whoever asked for it, or with the board.
 * Thread-safe.
 */
public interface Board extends AutoCloseable {
    /** Who gives the access, such as {@code the simulator}. */
    String title();

    /**
     * A pin as an input.
     *
     * @throws BusException if it cannot be had
     */
    DigitalInput input(int pin, Pull pull, Duration debounce);

    /**
     * A pin as an output that drives {@code first} from the beginning.
     *
     * @throws BusException if it cannot be had
     */
    DigitalOutput output(int pin, Level first, Pull pull);

    /**
     * A pin with PWM.
     *
     * @param frequency in Hz
     * @throws BusException if it cannot be had
     */
    PwmOutput pwm(int pin, int frequency, double first);

    /**
     * A chip on an I2C bus.
     *
     * @param bus as the board calls it, such as {@code i2c1}
     * @throws BusException if it cannot be had; whether the chip is there shows with the first transfer
     */
    I2c i2c(String bus, int address);

    /**
     * A chip on an SPI bus, mode 0.
     *
     * @param bus as the board calls it, such as {@code spi0}
     * @throws BusException if it cannot be had
     */
    Spi spi(String bus, int chipSelect, int hertz);

    @Override
    void close();
}
