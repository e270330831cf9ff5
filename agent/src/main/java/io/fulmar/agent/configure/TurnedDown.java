package io.fulmar.agent.configure;

import io.fulmar.sync.wire.Reported;

/** Why the last configuration that was wanted does not run: refused before, or reverted after it was tried. Immutable. */
record TurnedDown(Reported.State state, String reason) {
    TurnedDown {
        reason = Limits.reason(reason);
    }

    static TurnedDown refused(String reason) {
        return new TurnedDown(Reported.State.REFUSED, reason);
    }

    static TurnedDown reverted(String reason) {
        return new TurnedDown(Reported.State.REVERTED, reason);
    }
}
