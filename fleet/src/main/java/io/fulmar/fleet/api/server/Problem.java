package io.fulmar.fleet.api.server;

import org.jspecify.annotations.Nullable;

/** Why a request is not carried out: a status, what is wrong, and what to do. Becomes an answer of RFC 9457. Immutable. */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable String hint;
    private final long retryAfterSeconds;

    private Problem(int status, String detail, @Nullable String hint, long retryAfterSeconds) {
        super(detail, null, false, false);
        this.status = status;
        this.hint = hint;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    public Problem(int status, String detail, @Nullable String hint) {
        this(status, detail, hint, 0);
    }

    /** The request is not one that can be understood. */
    public static Problem malformed(String detail) {
        return new Problem(400, detail, null);
    }

    /** There is nothing of that name. */
    public static Problem absent(String detail) {
        return new Problem(404, detail, null);
    }

    /** It does not fit what is there now. */
    public static Problem conflict(String detail, @Nullable String hint) {
        return new Problem(409, detail, hint);
    }

    /** It can be understood, but means nothing that could be done. */
    public static Problem senseless(String detail, @Nullable String hint) {
        return new Problem(422, detail, hint);
    }

    static Problem tooMany(long nanos) {
        long seconds = Math.max(1, Math.ceilDiv(nanos, 1_000_000_000L));
        return new Problem(429, "Too many requests", "try again in " + seconds + " s", seconds);
    }

    public int status() {
        return status;
    }

    public String detail() {
        return String.valueOf(getMessage());
    }

    public @Nullable String hint() {
        return hint;
    }

    /** 0 where nothing is known of when to try again. */
    long retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
