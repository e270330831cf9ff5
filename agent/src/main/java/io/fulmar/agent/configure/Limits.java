package io.fulmar.agent.configure;

import java.time.Duration;

/** Limits of what a change of the configuration may cost. Immutable. */
final class Limits {
    /** Bytes of what is kept: three fragments of the largest size and some lines. */
    static final int STORE_BYTES = 256 * 1024;

    /** Pipelines whose former model is remembered. */
    static final int FORMER_MODELS = 16;

    /** Characters of a reason that is kept and reported. */
    static final int REASON_CHARS = 1_000;

    /** Changes asked for by commands that wait for their turn. */
    static final int REQUESTS = 4;

    /** How long a command waits for the change that it asked for; opening a model can take its time on a small board. */
    static final Duration REQUEST = Duration.ofSeconds(60);

    /** Desired states are looked at this often at most; of those in between only the newest counts. */
    static final Duration DESIRED_EVERY = Duration.ofMillis(200);

    /** How long until what the disk could not keep is looked at again. */
    static final Duration KEEP_AGAIN = Duration.ofSeconds(10);

    /** A changed reported state is published this often at most. */
    static final Duration REPORTED_AT_MOST = Duration.ofSeconds(1);

    /** How often the configurator looks whether there is something to report. */
    static final Duration LOOK_EVERY = Duration.ofMillis(500);

    /** How often it looks while a connection is on trial. */
    static final Duration LOOK_IN_TRIAL = Duration.ofMillis(50);

    /** How long a pipeline may take to come to the end of a frame before a model is exchanged. */
    static final Duration EXCHANGE = Duration.ofSeconds(10);

    /** How long to wait for the first frame of a model that was exchanged, to count what was dropped. */
    static final Duration FIRST_FRAME = Duration.ofSeconds(2);

    /** How often to look for it. */
    static final Duration FIRST_FRAME_LOOK = Duration.ofMillis(2);

    /** How long an exchange of models may take once it has begun: pipelines that hang take their time. */
    static final Duration EXCHANGE_ENDS = Duration.ofMinutes(10);

    private Limits() {}

    /** A text that fits where reasons are kept, on one line. */
    static String reason(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= REASON_CHARS ? line : line.substring(0, REASON_CHARS) + "…";
    }
}
