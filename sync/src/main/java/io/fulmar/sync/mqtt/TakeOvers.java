package io.fulmar.sync.mqtt;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Notices that two clients use one id and throw each other out, so that this one steps back further each time.
 *
 * <p>A broker should say that a session was taken over. Mosquitto 2.0.11 only closes the connection, as it does when it is
 * stopped; but a broker that stops does not take the next connection at once and close it as well. So a connection that
 * came up and was closed without a word, several times in a row and each soon after the other, is told as what it most
 * likely is.
 *
 * <p>Owned by the thread that drives the link.
 */
final class TakeOvers {
    /** Once is a restart of the broker, twice is bad luck. */
    private static final int SILENT_ENDS = 3;

    private final Backoff backoff;
    private final String clientId;
    private int inARow;
    private int silent;

    TakeOvers(Backoff backoff, String clientId) {
        this.backoff = backoff;
        this.clientId = clientId;
    }

    /**
     * Takes note of a loss and gives it back as it is to be told.
     *
     * @param held how long the connection was up; negative if it never was
     */
    Loss note(Loss loss, Duration held) {
        if (held.compareTo(backoff.takenOverBound(inARow).multipliedBy(2)) >= 0) {
            inARow = 0;
            silent = 0;
        }
        silent = loss.kind() == LinkEvent.Kind.CLOSED && !held.isNegative() ? silent + 1 : 0;
        Loss told = silent < SILENT_ENDS
                ? loss
                : new Loss(
                        LinkEvent.Kind.TAKEN_OVER,
                        loss.reason() + ", the " + silent + ". time in a row soon after it was made",
                        "most likely a second client uses the id '" + clientId
                                + "': give each device its own, or stop the second one; the broker's log says which");
        if (told.kind() == LinkEvent.Kind.TAKEN_OVER) {
            inARow++;
        }
        return told;
    }

    /** How long to stay away after a take-over. */
    Duration delay(RandomGenerator random) {
        return backoff.takenOverDelay(Math.max(0, inARow - 1), random);
    }
}
