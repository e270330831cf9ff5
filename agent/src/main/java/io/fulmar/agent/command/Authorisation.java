package io.fulmar.agent.command;

import io.fulmar.agent.run.DeviceTrust;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.Verification;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether an operator has vouched for a document that changes the device. Where the device has no trust root, or one that
 * names no operator, the broker's permission is enough. Thread-safe.
 */
public final class Authorisation {
    /** What commands are signed as. */
    public static final String COMMAND = "application/vnd.fulmar.command+json";

    private final Supplier<@Nullable TrustRoot> root;
    private final @Nullable String broken;

    private Authorisation(Supplier<@Nullable TrustRoot> root, @Nullable String broken) {
        this.root = root;
        this.broken = broken;
    }

    /** By that trust root for ever, or by none. */
    public static Authorisation by(@Nullable TrustRoot root) {
        return new Authorisation(() -> root, null);
    }

    /** By the trust root that counts when it is asked; one that cannot be used vouches for nothing and nobody. */
    public static Authorisation of(DeviceTrust trust) {
        return new Authorisation(trust::root, trust.broken());
    }

    /** A document out of its envelope, if it has one. Immutable. */
    public sealed interface Opened {
        /**
         * What it says, which nobody has vouched for yet.
         *
         * @param envelope null where it is not signed
         */
        @SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
        record Document(byte[] payload, @Nullable Dsse envelope) implements Opened {
            public boolean signed() {
                return envelope != null;
            }
        }

        /** It claims to be an envelope and is none. */
        record Malformed(String reason) implements Opened {}
    }

    /** Takes a message out of its envelope, if it has one; trusts nothing yet. */
    public static Opened open(byte[] message) {
        if (!Dsse.isEnvelope(message)) {
            return new Opened.Document(message, null);
        }
        try {
            Dsse envelope = Dsse.read(message);
            return new Opened.Document(envelope.unverifiedPayload(), envelope);
        } catch (TrustException e) {
            return new Opened.Malformed(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Why the document may not change anything; null if it may. A signature that is there must be right, whether it is
     * needed or not, as far as there are operators to know it by.
     *
     * @param payloadType what it must be signed as
     * @param changes whether it changes anything, so that it needs a signature
     */
    public @Nullable String objection(Opened.Document document, String payloadType, boolean changes) {
        Dsse envelope = document.envelope();
        if (envelope != null && !envelope.payloadType().equals(payloadType)) {
            return "it is signed as '" + envelope.payloadType() + "', not as '" + payloadType + "'";
        }
        if (broken != null) {
            return changes ? broken : null;
        }
        TrustRoot now = root.get();
        if (now == null || !now.names(TrustRole.OPERATOR)) {
            return null;
        }
        if (envelope == null) {
            return changes ? "this device wants it signed by an operator" : null;
        }
        return switch (now.verify(TrustRole.OPERATOR, payloadType, envelope)) {
            case Verification.Verified _ -> null;
            case Verification.Rejected rejected -> rejected.reason();
        };
    }
}
