package io.fulmar.agent.io.bus;

/** A pin that drives a level. Owned by one thread at a time. */
public interface DigitalOutput extends AutoCloseable {
    /** Drives the level, at once. */
    void set(Level level);

    /** What it drives. */
    Level level();

    /** Lets go of the pin: from then on nobody drives it, and what it does depends on the board and its wiring. */
    @Override
    void close();
}
