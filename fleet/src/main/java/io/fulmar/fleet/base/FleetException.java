package io.fulmar.fleet.base;

import org.jspecify.annotations.Nullable;

/**
 * The one exception that leaves the fleet's adapters (broker, database, HTTP): the message says what failed and where, the
 * hint says what the operator can do. Immutable.
 */
public final class FleetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Category category;
    private final String hint;

    /** What the caller may hope for. */
    public enum Category {
        /** May pass by itself; trying again later is right. */
        TRANSIENT,
        /** Stays until somebody changes something. */
        PERMANENT,
        /** The component cannot go on. */
        FATAL
    }

    public FleetException(Category category, String message, String hint) {
        this(category, message, hint, null);
    }

    public FleetException(Category category, String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.category = category;
        this.hint = hint;
    }

    public Category category() {
        return category;
    }

    public String hint() {
        return hint;
    }
}
