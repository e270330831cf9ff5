package io.fulmar.sync.outbox;

/** The database does not hold what was written to it; the message says where. Immutable. */
final class CorruptException extends Exception {
    private static final long serialVersionUID = 1L;

    CorruptException(String message) {
        super(message);
    }
}
