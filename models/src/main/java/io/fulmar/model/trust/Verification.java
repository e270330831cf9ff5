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
    record Rejected(String reason) implements Verification {}
}
