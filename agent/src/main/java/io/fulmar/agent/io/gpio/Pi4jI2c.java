package io.fulmar.agent.io.gpio;

import com.pi4j.io.i2c.I2C;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.I2c;

/** A chip on a real I2C bus. Owned by one thread. */
final class Pi4jI2c implements I2c {
    private final String place;
    private final I2C bus;

    Pi4jI2c(String place, I2C bus) {
        this.place = place;
        this.bus = bus;
    }

    @Override
    public void read(int register, byte[] into) {
        int read;
        try {
            read = bus.readRegister(register, into);
        } catch (RuntimeException e) {
            throw Pi4jBoard.bus(place, e.getMessage(), e);
        }
        if (read < 0) {
            throw new BusException(
                    BusException.Kind.NO_ANSWER,
                    place + " does not answer (" + read + ")",
                    "check the wiring, the power and the address of the sensor ('i2cdetect -y N' shows who answers)");
        }
    }

    @Override
    public void write(int register, int value) {
        try {
            bus.writeRegister(register, value);
        } catch (RuntimeException e) {
            throw Pi4jBoard.bus(place, e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        bus.close();
    }
}
