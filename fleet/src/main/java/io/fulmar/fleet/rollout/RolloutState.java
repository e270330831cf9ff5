package io.fulmar.fleet.rollout;

import java.util.Locale;

/** How a rollout is. */
public enum RolloutState {
    RUNNING,
    /** A person stopped it for a while; who was told goes on. */
    PAUSED,
    /** A wave is good, and a person has to agree to the next one. */
    AWAITING_APPROVAL,
    /** It stopped by itself; nobody further is told until a person acts. */
    HALTED,
    /** A person ended it. */
    ABORTED,
    /** Devices are told to return to what they had. */
    ROLLING_BACK,
    ROLLED_BACK,
    DONE,
    /** A newer one of the same took its devices. */
    SUPERSEDED;

    /** Whether it may go on. */
    public boolean isLive() {
        return switch (this) {
            case RUNNING, PAUSED, AWAITING_APPROVAL, HALTED, ROLLING_BACK -> true;
            case ABORTED, ROLLED_BACK, DONE, SUPERSEDED -> false;
        };
    }

    /** As it is stored and shown. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static RolloutState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
