package io.fulmar.model.pack;

import org.jspecify.annotations.Nullable;

/**
 * A package, or something of one, cannot be used. The message says what and where, the reason which kind of fault it is.
 *
 * <p>Immutable.
 */
public final class PackageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public PackageException(Reason reason, String message) {
        this(reason, message, null);
    }

    public PackageException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** What one can do about it. */
    public String hint() {
        return reason.hint();
    }

    /** The same, said of something larger that it belongs to. */
    PackageException in(String whole) {
        return new PackageException(reason, whole + ": " + getMessage(), this);
    }
}
