package io.fulmar.fleet.command;

import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.Verification;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.WireException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A desired state that somebody published, as it travelled.
 *
 * @param keyIds who signed it: checked where the fleet has a trust root, else as it claims
 * @param bytes exactly what was published
 *     <p>Immutable.
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record HeardDesired(Desired desired, List<String> keyIds, byte[] bytes, long receivedMillis) {
    /** Reads what came in for that device; a {@link WireException} says why it is of no use. */
    static HeardDesired read(String device, byte[] bytes, @Nullable TrustRoot trust, long nowMillis) {
        if (bytes.length > Limits.CONTROL_BYTES) {
            throw new WireException(
                    "a desired state of " + bytes.length + " bytes is over the limit of " + Limits.CONTROL_BYTES);
        }
        Payload payload = trust != null && trust.names(TrustRole.OPERATOR) ? verified(bytes, trust) : claimed(bytes);
        Desired desired = DesiredCodec.decode(payload.bytes());
        if (!desired.device().equals(device)) {
            throw new WireException("a desired state of " + desired.device());
        }
        return new HeardDesired(desired, payload.keyIds(), bytes, nowMillis);
    }

    private static Payload verified(byte[] bytes, TrustRoot trust) {
        return switch (trust.verify(TrustRole.OPERATOR, DesiredCodec.PAYLOAD_TYPE, bytes)) {
            case Verification.Verified verified -> new Payload(verified.payload(), verified.keyIds());
            case Verification.Rejected rejected -> throw new WireException(rejected.reason());
        };
    }

    private static Payload claimed(byte[] bytes) {
        if (!Dsse.isEnvelope(bytes)) {
            return new Payload(bytes, List.of());
        }
        try {
            Dsse envelope = Dsse.read(bytes);
            return new Payload(envelope.unverifiedPayload(), envelope.keyIds());
        } catch (TrustException e) {
            throw new WireException(String.valueOf(e.getMessage()), e);
        }
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Payload(byte[] bytes, List<String> keyIds) {}
}
