package io.fulmar.fleet.query;

import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustException;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Takes what was signed out of its envelope, to be shown. Thread-safe. */
final class Payload {
    private Payload() {}

    /** The command in a message that was kept, signed or not. */
    static String text(byte[] message) {
        return new String(unwrapped(message), StandardCharsets.UTF_8);
    }

    /** The desired state in a message that was kept, signed or not; null if it is of a form that is no longer read. */
    static @Nullable Desired desired(byte @Nullable [] message) {
        if (message == null) {
            return null;
        }
        try {
            return DesiredCodec.decode(unwrapped(message));
        } catch (WireException e) {
            return null;
        }
    }

    private static byte[] unwrapped(byte[] message) {
        try {
            return Dsse.isEnvelope(message) ? Dsse.read(message).unverifiedPayload() : message;
        } catch (TrustException e) {
            return message;
        }
    }
}
