package io.fulmar.agent.io.bus;

import java.util.Locale;

/** A pin or a bus did not do what it was asked. Immutable. */
public final class BusException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final String hint;

    /** What happened, which says what may help. */
    public enum Kind {
        /** This computer has no such pins or buses. */
        ABSENT,
        /** Somebody else has it. */
        BUSY,
        /** This user may not. */
        DENIED,
        /** The other end did not acknowledge. */
        NO_ANSWER,
        /** A line of the bus does not move. */
        STUCK,
        /** Somebody answered, but not the chip that should be there. */
        WRONG_CHIP,
        /** What came back cannot be. */
        GARBAGE,
        /** The chip has measured more than was fetched. */
        OVERRUN,
        /** Nothing new came for too long. */
        SILENT,
        /** Anything else. */
        FAILED;

        /** In words. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    public BusException(Kind kind, String message, String hint) {
        this(kind, message, hint, null);
    }

    public BusException(Kind kind, String message, String hint, @org.jspecify.annotations.Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.hint = hint;
    }

    public Kind kind() {
        return kind;
    }

    public String hint() {
        return hint;
    }
}
