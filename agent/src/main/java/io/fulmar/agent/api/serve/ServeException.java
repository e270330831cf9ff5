package io.fulmar.agent.api.serve;

/** Why a model gave no answer. Immutable. */
public final class ServeException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Whose doing it is. */
    public enum Kind {
        /** The device has no model of that name. */
        UNKNOWN,
        /** The request does not suit the model. */
        UNSUITABLE,
        /** Too many wait already. */
        FULL,
        /** Its turn did not come in time. */
        LATE,
        /** The model cannot be run now. */
        UNAVAILABLE,
        /** The model was run and failed. */
        FAILED
    }

    private final Kind kind;
    private final long retrySeconds;

    public ServeException(Kind kind, String message) {
        this(kind, message, 0);
    }

    ServeException(Kind kind, String message, long retrySeconds) {
        super(message);
        this.kind = kind;
        this.retrySeconds = retrySeconds;
    }

    public Kind kind() {
        return kind;
    }

    /** After how long it is worth while to come again. */
    public long retrySeconds() {
        return retrySeconds;
    }
}
