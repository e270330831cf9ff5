package io.fulmar.agent.io;

/** A source cannot be opened, or one frame of it cannot be read. Immutable. */
public final class SourceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Category category;
    private final String kind;
    private final String hint;

    /** What the failure means for the next attempt. */
    public enum Category {
        /** The next frame may well be readable. */
        TRANSIENT,
        /** It fails until somebody changes something. */
        PERMANENT
    }

    /**
     * @param kind a few words that are the same for every failure of this sort, by which failures are counted
     * @param message what and where
     * @param hint what the operator can do
     */
    public SourceException(Category category, String kind, String message, String hint) {
        super(message);
        this.category = category;
        this.kind = kind;
        this.hint = hint;
    }

    public Category category() {
        return category;
    }

    public String kind() {
        return kind;
    }

    public String hint() {
        return hint;
    }
}
