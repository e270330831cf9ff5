package io.fulmar.agent.io.bus;

/** One chip on an I2C bus, by its registers. Owned by one thread. */
public interface I2c extends AutoCloseable {
    /**
     * Reads as many bytes as {@code into} holds, from {@code register} on, in one transfer; how the chip goes on from one
     * register to the next is its own.
     *
     * @throws BusException if the chip or the bus does not do it
     */
    void read(int register, byte[] into);

    /**
     * Writes one register.
     *
     * @throws BusException if the chip or the bus does not do it
     */
    void write(int register, int value);

    /** One register, 0 to 255. */
    default int read(int register) {
        byte[] one = new byte[1];
        read(register, one);
        return one[0] & 0xFF;
    }

    @Override
    void close();
}
