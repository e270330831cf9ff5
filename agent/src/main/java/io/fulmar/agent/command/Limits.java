package io.fulmar.agent.command;

import java.time.Duration;

/** Limits of what commands may cost. Immutable. */
final class Limits {
    /** Characters of a sender's text that are shown to him again. */
    static final int SHOWN_CHARS = 64;

    /** Messages that wait for the command thread. */
    static final int QUEUE_MESSAGES = 256;

    /** Bytes of the messages that wait for the command thread. */
    static final long QUEUE_BYTES = 2L * 1024 * 1024;

    /** Commands that may come at once. */
    static final int BURST = 50;

    /** How long it takes until one more command may come. */
    static final long REFILL_NANOS = 100_000_000L;

    /** How far ahead a changing command may expire, since its id is kept until then. */
    static final Duration EXPIRY = Duration.ofDays(7);

    /** Commands whose ids are kept in the journal. */
    static final int JOURNAL_IDS = 1_000;

    /** Bytes of the journal from which on it is rewritten, when that makes it smaller. */
    static final long JOURNAL_COMPACT_BYTES = 256 * 1024;

    /** Bytes of the result of a changing command, which the journal keeps. */
    static final int CHANGING_RESULT_BYTES = 16 * 1024;

    /** Bytes of an answer's result; the rest of the answer is small. */
    static final int RESULT_BYTES = 60 * 1024;

    /** Characters of an answer's reason. */
    static final int REASON_CHARS = 1_000;

    /** Answers to reading commands that are kept for a repeat. */
    static final int REMEMBERED = 256;

    /** Bytes of the answers that are kept for a repeat. */
    static final long REMEMBERED_BYTES = 1024 * 1024;

    /** Answers that wait for room in the connection. */
    static final int ANSWERS_WAITING = 256;

    /** Bytes of the answers that wait for room in the connection. */
    static final long ANSWERS_WAITING_BYTES = 2L * 1024 * 1024;

    /** How long an answer waits for room in the connection before only its row is left. */
    static final Duration ANSWER_PATIENCE = Duration.ofSeconds(30);

    /** How often the journal is looked after. */
    static final Duration MAINTAIN_EVERY = Duration.ofSeconds(10);

    /** After this long without a receipt an answer is recorded again. */
    static final Duration RECORD_AGAIN = Duration.ofSeconds(60);

    /** Characters of a topic to answer on. */
    static final int TOPIC_CHARS = 512;

    /** The command thread looks this often while answers wait for room. */
    static final long BUSY_NANOS = 5_000_000L;

    private Limits() {}
}
