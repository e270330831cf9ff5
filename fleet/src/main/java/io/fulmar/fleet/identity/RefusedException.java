package io.fulmar.fleet.identity;

/** Why somebody who asked for a certificate does not get one; the message is for them to read. Immutable. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** What they can do about it differs by this. */
    public enum Reason {
        /** The request cannot be read, or asks for what is not given. */
        MALFORMED,
        /** There is no such token, or its secret is another one. */
        UNKNOWN,
        /** The token's time is over, or its tries are. */
        EXPIRED,
        /** The token has been used by another key. */
        USED,
        /** The identity was withdrawn. */
        REVOKED,
        /** Not now. */
        UNAVAILABLE
    }

    RefusedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    RefusedException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
