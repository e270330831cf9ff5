package io.fulmar.agent.io;

/** Something that the device can do about a decision. Owned by the pipeline's thread. */
public interface Actuator extends AutoCloseable {

    /** What predictions call the action. */
    String name();

    /**
     * Acts, at once and without waiting for disk or network.
     *
     * @throws ActuatorException if it could not
     */
    void perform(Action action);

    @Override
    void close();
}
