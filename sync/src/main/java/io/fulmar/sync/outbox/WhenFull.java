package io.fulmar.sync.outbox;

/** What gives way when the store has reached its quota. Immutable. */
public enum WhenFull {
    /** The oldest rows of the least urgent stream, in favour of rows at least as urgent. */
    EVICT_OLDEST,
    /** The new record. */
    REFUSE_NEW
}
