package io.fulmar.agent.api.oip;

/** Limits of one inference. Immutable. */
final class Limits {
    /** How many inputs can be given at once. */
    static final int BATCH = 64;

    /** Bytes of the outputs of one request. */
    static final long OUTPUT_BYTES = 16L << 20;

    /** Bytes of the outputs of one request that become text, which is several times as long. */
    static final long OUTPUT_JSON_BYTES = 2L << 20;

    /** How many times as long as its bytes a tensor may be as text. */
    static final int JSON_FACTOR = 4;

    /** Inputs, outputs and dimensions that a request may name. */
    static final int ENTRIES = 64;

    /** Characters of a name or an id. */
    static final int TEXT_CHARS = 1_024;

    /** Lists in lists of a tensor. */
    static final int DEPTH = 16;

    private Limits() {}
}
