package io.fulmar.agent.identity;

import java.time.Duration;

/** The upper bounds of what a device does about its identity. Immutable. */
public final class Limits {
    /** How long the fleet may take for a connection, and again for an answer. */
    static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);

    /** Bytes of an answer. */
    static final int ANSWER_BYTES = io.fulmar.sync.wire.Limits.CONTROL_BYTES;

    /** How often the certificate's age is looked at. */
    static final Duration LOOK_EVERY = Duration.ofMinutes(1);

    /** The first wait after a renewal that failed lies between half of this and this; each further one is twice as long. */
    static final Duration RETRY_FIRST = Duration.ofMinutes(1);

    /** The longest. */
    static final Duration RETRY_MOST = Duration.ofHours(6);

    private Limits() {}
}
