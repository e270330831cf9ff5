package io.fulmar.agent.health;

/** What the agent counts, from its start; each name is the key in the status document. Immutable. */
public enum Counter {
    /** Rows with a receipt. */
    RECORDED,
    /** Records refused before a receipt because the queue to the store was full. */
    REFUSED_QUEUE_FULL,
    /** Records refused before a receipt because one alone is larger than a row may be. */
    REFUSED_TOO_LARGE,
    /** Records refused before a receipt by the store: disk full, quota, or failed. */
    REFUSED_STORE,
    /** Commits of the store. */
    COMMITS,
    /** Batches given to the link. */
    BATCHES,
    /** Payload bytes of those batches. */
    BATCH_BYTES,
    /** Times that no progress within the timeout made a stream start again from its last acknowledged row. */
    RESENDS,
    /** Acknowledgements that were applied. */
    ACKNOWLEDGEMENTS,
    /** Acknowledgements that were not believed. */
    ACKNOWLEDGEMENTS_REFUSED,
    /** Single rows that no packet of this broker can carry, declared as gaps. */
    DEAD_LETTERED,
    /** Publishes that the broker refused with a reason code. */
    PUBLISH_REFUSED,
    /** Messages from the fleet that could not be read. */
    DOWN_MALFORMED,
    /** Messages from the fleet dropped because the queue to the store was full; the fleet repeats them. */
    DOWN_DROPPED,
    /** Connections made. */
    CONNECTS,
    /** Connections lost. */
    DISCONNECTS
}
