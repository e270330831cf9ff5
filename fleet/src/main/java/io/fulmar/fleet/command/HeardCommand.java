package io.fulmar.fleet.command;

import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustException;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandReading;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.WireException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command that somebody sent, as it travelled. Whether its signatures hold is for the device to say.
 *
 * @param keyIds who signed it, as it claims
 * @param bytes exactly what was sent
 *     <p>Immutable.
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record HeardCommand(Target target, Command command, List<String> keyIds, byte[] bytes, long receivedMillis) {
    /** Reads what came in on a command topic; a {@link WireException} says why it is no command. */
    static HeardCommand read(Target target, byte[] bytes, long nowMillis) {
        if (bytes.length > Limits.CONTROL_BYTES) {
            throw new WireException(
                    "a command of " + bytes.length + " bytes is over the limit of " + Limits.CONTROL_BYTES);
        }
        if (!Dsse.isEnvelope(bytes)) {
            return new HeardCommand(target, whole(bytes), List.of(), bytes, nowMillis);
        }
        try {
            Dsse envelope = Dsse.read(bytes);
            if (!envelope.payloadType().equals(Dsse.COMMAND)) {
                throw new WireException("an envelope with something else than a command in it");
            }
            return new HeardCommand(target, whole(envelope.unverifiedPayload()), envelope.keyIds(), bytes, nowMillis);
        } catch (TrustException e) {
            throw new WireException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Command whole(byte[] bytes) {
        return switch (Commands.read(bytes)) {
            case CommandReading.Whole whole -> whole.command();
            case CommandReading.Malformed malformed -> throw new WireException(malformed.reason());
        };
    }

    /** When the fleet stops to send it again: as the command says, within bounds. */
    long expiresMillis() {
        @Nullable Long expires = command.expiresMillis();
        return expires == null
                ? receivedMillis + io.fulmar.fleet.base.Limits.COMMAND_WITHOUT_EXPIRY.toMillis()
                : Math.min(expires, receivedMillis + io.fulmar.fleet.base.Limits.COMMAND_EXPIRY_MOST.toMillis());
    }
}
