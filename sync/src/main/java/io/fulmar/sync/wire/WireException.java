package io.fulmar.sync.wire;

/**
 * What arrived is not what the protocol allows; the message says what is wrong with it. The only exception that a
 * decoder throws. Immutable.
 */
public final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 64;

    public WireException(String message) {
        super(message);
    }

    public WireException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What a peer sent, made fit for a log line: short and without control characters. */
    static String shorten(String text) {
        String head = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
        return head.replaceAll("\\p{Cntrl}", "?");
    }
}
