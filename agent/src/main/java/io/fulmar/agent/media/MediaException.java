package io.fulmar.agent.media;

/** A file is not the picture or sound that it should be, or larger than may be. Immutable. */
public final class MediaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String kind;

    /**
     * @param kind the same words for every failure of this sort, by which failures are counted
     * @param message what is wrong with this file
     */
    public MediaException(String kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public String kind() {
        return kind;
    }

    static MediaException truncated(String what) {
        return new MediaException("truncated", "the " + what + " ends too early");
    }

    static MediaException damaged(String what, String why) {
        return new MediaException("damaged", "the " + what + " is damaged: " + why);
    }

    static MediaException unsupported(String what) {
        return new MediaException("unsupported", what);
    }
}
