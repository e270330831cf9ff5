package io.fulmar.agent.command;

/** A command's arguments are not what it needs; the message says which and why, for the one who sent it. Immutable. */
public final class ArgumentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ArgumentException(String message) {
        super(message);
    }
}
