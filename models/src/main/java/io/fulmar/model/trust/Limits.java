package io.fulmar.model.trust;

/** The bounds of what is read before anybody is known to be trusted. Immutable. */
final class Limits {
    /** Bytes of one envelope as JSON; whoever receives it from a wire allows less. */
    static final int ENVELOPE_BYTES = 1 << 20;

    /** Bytes of one trust root file. */
    static final int TRUST_ROOT_BYTES = 64 * 1024;

    /** Bytes of a PEM file with one key. */
    static final int KEY_FILE_BYTES = 8 * 1024;

    /** Each may cost one check of a signature. */
    static final int SIGNATURES = 16;

    static final int KEYS = 64;

    /** Trust roots in one chain. */
    static final int ROOTS = 32;

    static final int PAYLOAD_TYPE_CHARS = 128;
    static final int KEY_NAME_CHARS = 64;

    private Limits() {}
}
