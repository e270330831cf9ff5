package io.fulmar.model.pack;

/** The bounds of everything in a package, which may come from anybody. Immutable. */
final class Limits {
    /** Bytes of a model manifest. */
    static final int MANIFEST_BYTES = 256 * 1024;

    /** Bytes of the statement in its envelope. */
    static final int STATEMENT_BYTES = 64 * 1024;

    /** Bytes of what the statement says, without its signatures. */
    static final int STATEMENT_PAYLOAD_BYTES = 4 * 1024;

    /** Bytes of {@code index.json}, {@code oci-layout} and the image manifest. */
    static final int LAYOUT_BYTES = 1 << 20;

    /** Bytes of the model. */
    static final int MODEL_BYTES = 256 << 20;

    /** Bytes of any other file. */
    static final int FILE_BYTES = 16 << 20;

    /** Bytes of all files. */
    static final long PACKAGE_BYTES = 512L << 20;

    static final int FILES = 1_024;
    static final int GOLDEN_CASES = 256;
    static final int TENSORS = 64;
    static final int DIMENSIONS = 16;
    static final int DEVICES = 64;
    static final int STEPS = 16;
    static final int LABELS = 1_024;
    static final int CONFIDENCE_SHARES = 10;

    /** Numbers whose distribution a reference has. */
    static final int HISTOGRAMS = 16;

    static final int EDGES = 32;
    static final int LIST_ENTRIES = FILES + 1;
    static final int FILE_NAME_CHARS = 128;
    static final int TEXT_CHARS = 256;

    /** What every reader of JSON can hold exactly. */
    static final long WHOLE = (1L << 53) - 1;

    /** The end of the year 9999. */
    static final long TIME_MILLIS = 253_402_300_799_999L;

    /** A day. */
    static final long LATENCY_MILLIS = 86_400_000L;

    private Limits() {}
}
