package io.fulmar.agent.command.handlers;

import java.time.Duration;

/** Limits of what single commands may ask for and cost. Immutable. */
final class Limits {
    /** How long an interpreter that only commands use is kept. */
    static final Duration INTERPRETER_IDLE = Duration.ofMinutes(1);

    /** Elements of an output that is told number by number. */
    static final int OUTPUT_NUMBERS = 2_000;

    /** Bytes of an output that is told at all. */
    static final int OUTPUT_BYTES = 32 * 1024;

    /** Elements of all inputs and outputs of a model that a command may run. */
    static final long TENSOR_ELEMENTS = 4_000_000;

    /** Classes that are told, best first. */
    static final int TOP = 100;

    static final int TOP_USUAL = 5;

    /** Log lines that are told. */
    static final int LOG_LINES = 500;

    static final int LOG_LINES_USUAL = 100;

    /** Characters of all log lines that are told. */
    static final int LOG_CHARS = 40_000;

    /** Distinct faults that are told. */
    static final int FAULTS = 32;

    /** Threads that are named. */
    static final int THREADS = 64;

    /** Characters of a configuration that are told. */
    static final int CONFIG_CHARS = 16 * 1024;

    /** Characters of the message for an actuator. */
    static final int MESSAGE_CHARS = 200;

    /** How long a command waits for a pipeline's thread to begin, and as long again for it to end. */
    static final Duration PIPELINE_PATIENCE = Duration.ofSeconds(2);

    /** Pixels of a side of what an explanation covers. */
    static final int EXPLAIN_PATCH = 4_096;

    static final int EXPLAIN_PARTS = 64;

    /** Bytes of an explanation's picture, so that the answer, with that as base64, fits into a row. */
    static final int EXPLAIN_PNG_BYTES = 11_000;

    /** Inputs of one capture. */
    static final int CAPTURED = 10_000;

    static final int CAPTURED_USUAL = 10;

    /** How long a capture waits for its inputs. */
    static final int CAPTURE_SECONDS = 86_400;

    static final int CAPTURE_SECONDS_USUAL = 600;

    /** Bytes of all captures together. */
    static final long CAPTURE_BYTES = 64L * 1024 * 1024;

    /** Captures that are kept. */
    static final int CAPTURES = 100;

    /** Bytes of the disk that captures leave to others. */
    static final long CAPTURE_SPACE_LEFT = 16L * 1024 * 1024;

    /** Bytes of inputs that wait to be written. */
    static final long CAPTURE_QUEUE_BYTES = 2L * 1024 * 1024;

    /** Samples that are listed. */
    static final int SAMPLES_LISTED = 100;

    static final int SAMPLES_LISTED_USUAL = 20;

    /** Samples that are named in one command. */
    static final int SAMPLES_NAMED = 1_000;

    private Limits() {}
}
