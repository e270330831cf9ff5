package io.fulmar.model.tflite;

import org.jspecify.annotations.Nullable;

/**
 * A model, or the native library that runs it, cannot be used. The message says what and where, the hint what to do.
 *
 * <p>Immutable.
 */
public final class ModelException extends RuntimeException {
    /** Whether trying again can help. */
    public enum Category {
        /** The same call may succeed later, for example once there is space in the cache folder. */
        TRANSIENT,
        /** This model will never work here; another one may. */
        PERMANENT,
        /** No model will work in this process. */
        FATAL
    }

    private static final long serialVersionUID = 1L;

    private final Category category;
    private final String hint;

    public ModelException(Category category, String message, String hint) {
        this(category, message, hint, null);
    }

    public ModelException(Category category, String message, String hint, @Nullable Throwable cause) {
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
