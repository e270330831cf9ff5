package io.fulmar.model.trust;

import io.fulmar.model.json.Json;
import org.jspecify.annotations.Nullable;

/**
 * A key, a trust root or an envelope cannot be used. The message says what and where, the hint what to do.
 *
 * <p>Immutable.
 */
public final class TrustException extends RuntimeException {
    /** Whether trying again can help. */
    public enum Category {
        /** The same call may succeed later. */
        TRANSIENT,
        /** Nothing changes until somebody changes the file or the message. */
        PERMANENT
    }

    /** Reads the JSON of trust. */
    static final Json JSON = new Json(Limits.ENVELOPE_BYTES, Limits.KEYS, TrustException::damaged);

    private static final long serialVersionUID = 1L;

    private final Category category;
    private final String hint;

    TrustException(Category category, String message, String hint) {
        this(category, message, hint, null);
    }

    TrustException(Category category, String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.category = category;
        this.hint = hint;
    }

    static TrustException permanent(String message, String hint) {
        return new TrustException(Category.PERMANENT, message, hint);
    }

    static TrustException damaged(String message, @Nullable Throwable cause) {
        return new TrustException(Category.PERMANENT, message, "it was damaged or not made by this software", cause);
    }

    public Category category() {
        return category;
    }

    /** What the operator can do about it. */
    public String hint() {
        return hint;
    }
}
