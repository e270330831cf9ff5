package io.fulmar.agent.io.sensor;

/**
 * Has one chip measure and fetches what it measured, in units of physics. It never waits: what takes time is asked for again.
 * Owned by one thread.
 */
public interface SensorDriver extends AutoCloseable {
    /** How many values a sample has. */
    int channels();

    /** How many samples one fetch brings at most. */
    int burst();

    /**
     * Finds the chip, resets it and has it measure as configured.
     *
     * @throws io.fulmar.agent.io.bus.BusException if it is not there, is another one, or does not do as told
     */
    void start(long nowNanos);

    /**
     * Puts the samples that are there into {@code into}, one after the other, and returns how many they are.
     *
     * @throws io.fulmar.agent.io.bus.BusException if they cannot be fetched or some were lost; then {@link #start} again
     */
    int fetch(long nowNanos, float[] into);

    /** When it is worth while to fetch again. */
    long nextNanos();

    @Override
    void close();
}
