package io.fulmar.sync.outbox;

/** Whether the store can do its work. Immutable. */
public sealed interface OutboxHealth {
    record Healthy() implements OutboxHealth {}

    /**
     * New records may be refused or old ones given up; the store recovers by itself when the cause is gone.
     *
     * @param kind what sort of trouble it is
     * @param reason what is wrong
     * @param hint what the operator can do
     */
    record Degraded(Kind kind, String reason, String hint) implements OutboxHealth {}

    /** What sort of trouble a degraded store is in. */
    enum Kind {
        DISK_FULL,
        READ_ONLY,
        FAILED
    }
}
