package io.fulmar.agent.run;

/** A pipeline is stuck in code that cannot be interrupted: the process ends, so that it is started anew. */
final class StuckException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StuckException(String message) {
        super(message);
    }
}
