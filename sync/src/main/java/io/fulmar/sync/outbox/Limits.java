package io.fulmar.sync.outbox;

/** What the store takes at most. Immutable. */
final class Limits {
    /** The smallest quota that leaves room for the write-ahead log and a useful number of rows. */
    static final long MIN_QUOTA_BYTES = 1024 * 1024;

    private Limits() {}
}
