package io.fulmar.sync.outbox;

/** The store cannot be used at all. Immutable. */
public final class OutboxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Category category;
    private final String hint;

    OutboxException(Category category, String message, String hint) {
        super(message);
        this.category = category;
        this.hint = hint;
    }

    public OutboxException(Category category, String message, String hint, Throwable cause) {
        super(message, cause);
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

    /** Whether trying again can help. */
    public enum Category {
        TRANSIENT,
        PERMANENT,
        FATAL
    }
}
