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
    private final boolean missingOperator;

    public ModelException(Category category, String message, String hint) {
        this(category, message, hint, null);
    }

    public ModelException(Category category, String message, String hint, @Nullable Throwable cause) {
        this(category, message, hint, cause, false);
    }

    private ModelException(
            Category category, String message, String hint, @Nullable Throwable cause, boolean missingOperator) {
        super(message, cause);
        this.category = category;
        this.hint = hint;
        this.missingOperator = missingOperator;
    }

    static ModelException missingOperator(String message, String hint) {
        return new ModelException(Category.PERMANENT, message, hint, null, true);
    }

    public Category category() {
        return category;
    }

    /** Whether the model needs an operator that this runtime does not have. */
    public boolean isMissingOperator() {
        return missingOperator;
    }

    /** What the operator can do about it. */
    public String hint() {
        return hint;
    }
}
