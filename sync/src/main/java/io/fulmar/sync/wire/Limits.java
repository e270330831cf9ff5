package io.fulmar.sync.wire;

/** What the wire accepts at most, so that no message can make a decoder grow without bound. Immutable. */
public final class Limits {
    /** Bytes of one encoded record. */
    public static final int RECORD_BYTES = 64 * 1024;

    /** Rows of one batch. */
    public static final int BATCH_ROWS = 1000;

    /** Bytes of one batch as it travels. */
    public static final int BATCH_BYTES = 1024 * 1024;

    /** Bytes of one batch after inflating. */
    public static final int INFLATED_BYTES = 4 * 1024 * 1024;

    /** Bytes of one control message. */
    public static final int CONTROL_BYTES = 64 * 1024;

    /** Groups that one device may be of. */
    public static final int GROUPS = 32;

    /** Objects inside each other in a control message. */
    public static final int CONTROL_DEPTH = 8;

    /** Entries of one list in a message or a record. */
    public static final int LIST_ENTRIES = 4096;

    /** Characters of one text in a control message. */
    public static final int TEXT_CHARS = 4096;

    /** Bytes of a command's result that its row keeps. */
    public static final int ROW_RESULT_BYTES = 16 * 1024;

    /** Bytes of a batch below which deflating is not tried. */
    public static final int DEFLATE_FROM_BYTES = 256;

    /** Bytes of one blob: the largest model, and room for what belongs to it. */
    public static final long BLOB_BYTES = 1L << 30;

    /** Bytes of one piece of a blob. */
    public static final int CHUNK_BYTES = 64 * 1024;

    /** Ranges of one request for a blob. */
    public static final int BLOB_RANGES = 256;

    /** Digests of similar blobs that one request may name. */
    public static final int BLOB_HAVE = 4;

    /** Models that one desired state may name. */
    public static final int DESIRED_MODELS = 32;

    /** Milliseconds that a release may run beside the active one: 30 days. */
    public static final long SHADOW_MILLIS = 30L * 24 * 60 * 60 * 1000;

    /** Distributions in one row of statistics. */
    public static final int DISTRIBUTIONS = 32;

    /** Intervals of one distribution. */
    public static final int INTERVALS = 64;

    /** Bytes of a sample's content in one row: with what is said of it well below a record. */
    public static final int SAMPLE_CHUNK_BYTES = 32 * 1024;

    /** Bytes of a sample's content. */
    public static final int SAMPLE_BYTES = 8 * 1024 * 1024;

    /** Numbers that a sample tells of what a model said. */
    public static final int SAMPLE_VALUES = 64;

    /** Characters of a sample's rule and of its format. */
    public static final int SAMPLE_WORD_CHARS = 16;

    private Limits() {}
}
