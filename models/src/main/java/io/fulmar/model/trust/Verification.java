package io.fulmar.model.trust;

import java.util.List;

/** What came of checking an envelope against a trust root. Immutable. */
public sealed interface Verification {
    /**
     * Enough keys of the role signed exactly these bytes as that type.
     *
     * @param payload what was signed; nothing else of the envelope may be believed
     * @param keyIds whose signatures counted
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
    record Verified(byte[] payload, List<String> keyIds) implements Verification {
        public Verified {
            keyIds = List.copyOf(keyIds);
        }
    }

    /** Nothing of it may be believed. */
    record Rejected(Kind kind, String reason) implements Verification {
        /** What is wrong with it. */
        public enum Kind {
            /** It is no envelope, or one for something else. */
            MALFORMED,
            /** The trust root names nobody who could sign this. */
            NOBODY,
            /** A key of the role did not sign this. */
            WRONG_SIGNATURE,
            /** Only keys signed that are not of the role. */
            UNKNOWN_KEY,
            /** Fewer keys signed than must. */
            TOO_FEW
        }
    }
}
