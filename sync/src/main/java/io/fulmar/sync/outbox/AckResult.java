package io.fulmar.sync.outbox;

/** What the store made of an acknowledgement. Immutable. */
public sealed interface AckResult {
    /** Rows up to {@code upTo} are gone; {@code rows} records were deleted for it. */
    record Advanced(long upTo, long rows) implements AckResult {}

    /** It says nothing that was not known: a repeat, or an older one that was overtaken. */
    record Stale(String reason) implements AckResult {}

    /** It cannot be checked here, and a resend will settle it: it ends inside of rows that were given up since. */
    record Unverifiable(String reason) implements AckResult {}

    /** It is not believed: of another epoch, beyond what exists, or with another hash. */
    record Disbelieved(String reason) implements AckResult {}

    /** The disk failed; nothing was deleted, and the fleet will acknowledge again. */
    record Failed(String reason) implements AckResult {}
}
