package io.fulmar.agent.io.source;

import io.fulmar.config.SourceSettings.Pace;

/** Says when the next frame is due. Owned by the pipeline's thread. */
final class Pacer {
    private final long periodNanos;
    private boolean started;
    private long due;
    private long given;

    Pacer(double rate, Pace pace) {
        periodNanos = switch (pace) {
            case REALTIME -> Math.round(1e9 / rate);
            case NONE -> 0;
        };
    }

    /** Whether a frame is due; if so, the next one is due a period later, or from now on if that is long past. */
    boolean due(long nowNanos) {
        if (!started || periodNanos == 0) {
            started = true;
            given = nowNanos;
            due = nowNanos + periodNanos;
            return true;
        }
        if (nowNanos - due < 0) {
            return false;
        }
        given = due;
        due += periodNanos;
        if (nowNanos - due > Limits.BEHIND_NANOS) {
            due = nowNanos + periodNanos;
        }
        return true;
    }

    /** When the frame was due that was given last. */
    long givenNanos() {
        return given;
    }

    /** Leaves out what was due before. */
    void catchUp(long nowNanos) {
        if (nowNanos - due > 0) {
            due = nowNanos;
        }
    }

    long nextDueNanos() {
        return due;
    }
}
