package io.fulmar.agent.uplink;

/** Limits of the uplink. Immutable. */
final class Limits {
    /** Row bytes a batch at most, before compression. */
    static final int BATCH_BYTES = 128 * 1024;

    /** Unacknowledged batches a stream at most; three streams together fit the link's window of 16. */
    static final int WINDOW = 5;

    /** Repeated timeouts back off up to this many times the first. */
    static final int TIMEOUT_CAP_FACTOR = 6;

    /** Messages handed to the link in one step, so that commits are not kept waiting. */
    static final int PUBLISHES_PER_STEP = 4;

    /** Where bytes are rationed, a batch may still be as large as this, so that not every row is a message. */
    static final int LEAST_MESSAGE_BYTES = 4 * 1024;

    /** What a message costs beside its payload: topic, properties, and the headers of MQTT, TLS, TCP and IP both ways. */
    static final int MESSAGE_OVERHEAD_BYTES = 300;

    private Limits() {}
}
