package io.fulmar.agent.api.serve;

import java.time.Duration;

/** Limits of what runs for callers. Immutable. */
final class Limits {
    /** How long an interpreter is kept that nobody asks any more. */
    static final Duration INTERPRETER_IDLE = Duration.ofMinutes(5);

    /** A thread without work looks this often whether its interpreter is idle. */
    static final Duration SLEEP = Duration.ofSeconds(5);

    /** How long a request may run once it has begun, until its caller is told that the model does not come back. */
    static final Duration RUN = Duration.ofSeconds(60);

    /** How long a model may take to end when nobody may call it any more; one that hangs is left behind. */
    static final Duration STOP = Duration.ofSeconds(2);

    /** The longest wait that a caller is told to make before it comes again. */
    static final long RETRY_SECONDS = 60;

    private Limits() {}
}
