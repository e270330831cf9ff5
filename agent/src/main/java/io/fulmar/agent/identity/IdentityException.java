package io.fulmar.agent.identity;

import org.jspecify.annotations.Nullable;

/** A device could not get, keep or renew its identity: the message says what failed, the hint what to do. Immutable. */
public final class IdentityException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Category category;
    private final String hint;

    /** What the caller may hope for. */
    public enum Category {
        /** May pass by itself; trying again later is right. */
        TRANSIENT,
        /** Stays until somebody changes something. */
        PERMANENT
    }

    public IdentityException(Category category, String message, String hint) {
        this(category, message, hint, null);
    }

    public IdentityException(Category category, String message, String hint, @Nullable Throwable cause) {
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
