package io.fulmar.agent.configure;

import io.fulmar.agent.command.Authorisation;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.WireException;

/** Lets in what is a desired state for this device and vouched for as it must be. Immutable. */
record DesiredGate(String device, Authorisation authorisation) {
    /** Whether a message comes in. Immutable. */
    sealed interface Result {
        record Taken(Desired desired) implements Result {}

        /** Nobody knows who sent it, so nothing of it counts, not even its version. */
        record Refused(String reason) implements Result {}
    }

    Result open(byte[] message) {
        return switch (Authorisation.open(message)) {
            case Authorisation.Opened.Malformed malformed -> new Result.Refused(malformed.reason());
            case Authorisation.Opened.Document document -> {
                String objection = authorisation.objection(document, DesiredCodec.PAYLOAD_TYPE, true);
                yield objection == null ? read(document.payload()) : new Result.Refused(objection);
            }
        };
    }

    private Result read(byte[] payload) {
        try {
            Desired desired = DesiredCodec.decode(payload);
            return desired.device().equals(device)
                    ? new Result.Taken(desired)
                    : new Result.Refused("it is for the device " + desired.device());
        } catch (WireException e) {
            return new Result.Refused("it is no desired state: " + e.getMessage());
        }
    }
}
