package io.fulmar.agent.io.bus;

/** One chip on an SPI bus. Owned by one thread. */
public interface Spi extends AutoCloseable {
    /**
     * Sends {@code out} and takes as many bytes that came back meanwhile into {@code in}.
     *
     * @throws BusException if the bus does not do it
     */
    void transfer(byte[] out, byte[] in);

    @Override
    void close();
}
