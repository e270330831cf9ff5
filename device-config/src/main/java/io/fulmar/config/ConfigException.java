package io.fulmar.config;

/** The configuration file could not be read at all; what is wrong inside one is a {@link Problem}. Immutable. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Category category;
    private final String hint;

    /** What the failure means for the next attempt. */
    public enum Category {
        /** The same call may succeed later. */
        TRANSIENT,
        /** It fails until somebody changes something. */
        PERMANENT,
        /** The process cannot go on. */
        FATAL
    }

    public ConfigException(Category category, String message, String hint, Throwable cause) {
        super(message, cause);
        this.category = category;
        this.hint = hint;
    }

    public ConfigException(Category category, String message, String hint) {
        super(message);
        this.category = category;
        this.hint = hint;
    }

    public Category category() {
        return category;
    }

    /** What the operator can do. */
    public String hint() {
        return hint;
    }
}
