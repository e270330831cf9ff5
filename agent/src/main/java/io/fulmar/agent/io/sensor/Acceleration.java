package io.fulmar.agent.io.sensor;

import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.I2c;
import java.util.Locale;

/** What the drivers of accelerometers share. Immutable. */
final class Acceleration {
    /** Standard gravity, exactly. */
    static final double GRAVITY = 9.80665;

    private Acceleration() {}

    /** A signed value of two bytes, the lower one first. */
    static short word(byte[] bytes, int at) {
        return (short) ((bytes[at] & 0xFF) | bytes[at + 1] << 8);
    }

    static BusException wrongChip(String chip, int register, int expected, int found) {
        return new BusException(
                BusException.Kind.WRONG_CHIP,
                String.format(
                        Locale.ROOT,
                        "register 0x%02X says 0x%02X, but that of the %s says 0x%02X",
                        register,
                        found,
                        chip,
                        expected),
                "check the address and the type of the sensor, and that nothing else answers there");
    }

    /** Writes a register that the chip has to keep, and reads it again. */
    static void set(I2c bus, String chip, int register, int value) {
        bus.write(register, value);
        int kept = bus.read(register);
        if (kept != value) {
            throw new BusException(
                    BusException.Kind.GARBAGE,
                    String.format(
                            Locale.ROOT,
                            "the %s did not keep 0x%02X in register 0x%02X, it has 0x%02X",
                            chip,
                            value,
                            register,
                            kept),
                    "check its power and the pull-up resistors and length of the bus");
        }
    }

    static BusException impossible(String chip, String what, int value) {
        return new BusException(
                BusException.Kind.GARBAGE,
                String.format(Locale.ROOT, "the %s says 0x%02X as its %s, which cannot be", chip, value, what),
                "check its power and the pull-up resistors and length of the bus");
    }

    static BusException overrun(String chip, int rate) {
        return new BusException(
                BusException.Kind.OVERRUN,
                "the " + chip + " measured more than its FIFO holds before it was fetched, at " + rate + " Hz",
                "lower the rate of the sensor, or let the pipeline do less for each frame");
    }
}
