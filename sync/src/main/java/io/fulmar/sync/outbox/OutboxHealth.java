package io.fulmar.sync.outbox;

/** Whether the store can do its work. Immutable. */
public sealed interface OutboxHealth {
    record Healthy() implements OutboxHealth {}

    /**
     * New records may be refused or old ones given up; the store recovers by itself when the cause is gone.
     *
     * @param reason what is wrong
     * @param hint what the operator can do
     */
    record Degraded(String reason, String hint) implements OutboxHealth {}
}
