package io.fulmar.config;

/** How much a configuration may ask for, and how much of it is read. Immutable. */
final class Limits {
    /** No device needs more than a few kilobytes; a larger file is a mistake. */
    static final int FILE_BYTES = 1 << 20;

    /** What a fleet sends fits into one message. */
    static final int REMOTE_BYTES = 64 << 10;

    static final int FRAGMENTS = 64;
    static final int SECRET_BYTES = 4 << 10;
    /** Of a token that nobody guesses. */
    static final int TOKEN_CHARS = 16;

    /** All authorities that a Debian trusts take a quarter of it. */
    static final int PEM_BYTES = 1 << 20;

    static final int GROUPS = 16;
    static final int PINS = 128;
    static final int SENSORS = 16;
    static final int PROBLEMS = 100;
    static final int TEXT_CHARS = 1_024;
    static final int NESTING = 64;
    static final int MODELS = 16;
    static final int PIPELINES = 16;
    static final int STEPS = 16;
    static final int OUTPUTS = 64;
    /** Of a topic that an action is published to. */
    static final int TOPIC_BYTES = 1_024;
    /** Found in one frame, of which a record keeps each. */
    static final int OBJECTS = 200;

    static final int PHASES = 64;
    static final int LEARNED = 20_000;
    static final int VALUES = 4_096;
    static final int FRAME_VALUES = 1 << 20;
    static final long SOURCE_FILE_BYTES = 256L << 20;
    static final long SOURCE_QUEUE_BYTES = 256L << 20;
    static final long MESSAGE_BYTES = 64L << 20;
    static final int ARGUMENTS = 256;
    static final int PLACES = 64;
    static final int LABELS = 100_000;
    static final int LABELS_BYTES = 8 << 20;

    private Limits() {}
}
