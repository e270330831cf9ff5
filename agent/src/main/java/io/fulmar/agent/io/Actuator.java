package io.fulmar.agent.io;

/** Something that the device can do about a decision. Owned by the pipeline's thread. */
public interface Actuator extends AutoCloseable {

    /** What predictions call the action. */
    String name();

    /**
     * Acts, at once and without waiting for disk or network; returns whether there was something to do.
     *
     * @throws ActuatorException if it could not
     */
    boolean perform(Action action);

    @Override
    void close();
}
