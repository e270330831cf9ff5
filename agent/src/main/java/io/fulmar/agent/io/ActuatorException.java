package io.fulmar.agent.io;

/** An actuator could not act. Immutable. */
public final class ActuatorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The message says what could not be done and why. */
    public ActuatorException(String message) {
        super(message);
    }
}
