package io.fulmar.fleet.rollout;

import org.jspecify.annotations.Nullable;

/** A plan that cannot be followed: the message says where it is wrong, and what is possible there. Immutable. */
public final class PlanException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PlanException(String message) {
        super(message);
    }

    PlanException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
