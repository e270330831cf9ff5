package io.fulmar.sync.mqtt;

import org.jspecify.annotations.Nullable;

/** A link could not be made or used as asked. Immutable. */
public final class LinkException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What trying again would do. */
    public enum Category {
        /** Trying again later may help. */
        TRANSIENT,
        /** Trying again is no use until somebody changes something. */
        PERMANENT,
        /** The process cannot go on. */
        FATAL
    }

    private final Category category;
    private final String hint;

    public LinkException(Category category, String message, String hint) {
        super(message);
        this.category = category;
        this.hint = hint;
    }

    public LinkException(Category category, String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.category = category;
        this.hint = hint;
    }

    public Category category() {
        return category;
    }

    /** What the operator can do about it. */
    public String hint() {
        return hint;
    }
}
