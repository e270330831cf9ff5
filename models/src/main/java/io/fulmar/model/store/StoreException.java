package io.fulmar.model.store;

import io.fulmar.model.disk.DiskFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The model store could not do what it was asked for. The message says what and where, the hint what to do. Immutable. */
public final class StoreException extends RuntimeException {
    /** Whether trying again can help. */
    public enum Category {
        /** The disk is full, read-only or failing, or another process has the store: it may work later. */
        TRANSIENT,
        /** What is on the disk is not what was written. */
        DAMAGED,
        /** It is more than a store may hold: trying again does not help. */
        REFUSED
    }

    private static final long serialVersionUID = 1L;

    private final Category category;
    private final String hint;

    private StoreException(Category category, String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.category = category;
        this.hint = hint;
    }

    static StoreException failed(Path what, String action, IOException e) {
        return new StoreException(
                Category.TRANSIENT,
                what + " cannot be " + action + ": " + DiskFiles.said(e),
                "look at the space, the permissions and the health of the disk of the state directory",
                e);
    }

    static StoreException inUse(Path dir) {
        return new StoreException(
                Category.TRANSIENT,
                dir + " is used by another process",
                "one agent has a state directory to itself; stop the other process",
                null);
    }

    static StoreException damaged(String message) {
        return new StoreException(
                Category.DAMAGED, message, "install the release again, and look at the health of the disk", null);
    }

    static StoreException refused(String message, String hint) {
        return new StoreException(Category.REFUSED, message, hint, null);
    }

    /** Whether another process has the store. */
    public boolean isInUse() {
        return category == Category.TRANSIENT && getCause() == null;
    }

    public Category category() {
        return category;
    }

    public String hint() {
        return hint;
    }
}
