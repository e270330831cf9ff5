package io.fulmar.model.store;

/** The bounds of the model store. Immutable. */
public final class Limits {
    /** Bytes of one blob: as many as a model may have. */
    public static final long BLOB_BYTES = 256L << 20;

    /** Bytes of a model manifest, or of the envelope with its release statement. */
    public static final int MANIFEST_BYTES = 256 * 1024;

    /** Models that a device has a store for. */
    static final int MODELS = 64;

    /** Releases of one model that failed and are remembered, so that they are not tried again. */
    static final int FAILED = 16;

    /** Blobs that one release consists of. */
    static final int BLOBS = 1_024;

    /** Characters of a reason. */
    static final int REASON_CHARS = 400;

    /** From this size on the journal is written anew when an entry is appended. */
    static final long JOURNAL_BYTES = 256 * 1024;

    /** Bytes of the floors' file. */
    static final int FLOORS_BYTES = 64 * 1024;

    /** What stays free on the disk when a blob is put on it, for the rest of the device. */
    static final long FREE_BYTES = 8L << 20;

    static final int COPY_BYTES = 64 * 1024;

    private Limits() {}
}
