package io.fulmar.model.delta;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A patch cannot be applied: it is damaged, or made for another blob. The whole blob is to be fetched instead. Immutable. */
public final class DeltaException extends IOException {
    private static final long serialVersionUID = 1L;

    DeltaException(String message) {
        this(message, null);
    }

    DeltaException(String message, @Nullable Throwable cause) {
        super("the patch cannot be applied: " + message, cause);
    }
}
