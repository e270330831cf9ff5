package io.fulmar.agent.io.bus;

/** A pin that is high for a share of the time. Owned by one thread at a time. */
public interface PwmOutput extends AutoCloseable {
    /**
     * Is high for that share of the time from now on.
     *
     * @param share 0 to 1
     */
    void set(double share);

    /** The share that it was told last. */
    double share();

    /** Lets go of the pin. */
    @Override
    void close();
}
