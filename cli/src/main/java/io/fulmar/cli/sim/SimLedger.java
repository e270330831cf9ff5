package io.fulmar.cli.sim;

import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.NotEnrolled;
import io.fulmar.sync.wire.Renew;
import io.fulmar.sync.wire.Taken;
import io.fulmar.sync.wire.Welcome;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is counted of all simulated devices together. Owned by the simulation's thread. */
final class SimLedger implements SimDevice.Tally {
    private final Latencies latencies = new Latencies();
    private final Latencies lately = new Latencies();
    private int welcome;
    private int everWelcome;
    private long connectionsLost;
    private long connectionsFailed;
    private long acknowledgements;
    private long resendsAsked;
    private long pausesAsked;
    private long epochsEnded;
    private long told;
    private LinkEvent.@Nullable Disconnected lastLoss;
    private LinkEvent.@Nullable Disconnected taken;

    @Override
    public void welcomed(SimDevice device, boolean first) {
        welcome++;
        everWelcome += first ? 1 : 0;
    }

    @Override
    public void lost(SimDevice device, boolean wasWelcome, LinkEvent.Disconnected how) {
        welcome -= wasWelcome ? 1 : 0;
        if (wasWelcome) {
            connectionsLost++;
        } else {
            connectionsFailed++;
        }
        lastLoss = how;
        if (how.kind() == LinkEvent.Kind.TAKEN_OVER) {
            taken = how;
        }
    }

    @Override
    public void delivered(double afterStartMillis) {
        latencies.add(afterStartMillis);
        lately.add(afterStartMillis);
    }

    @Override
    public void told(DownlinkMessage message) {
        told++;
        switch (message) {
            case Acknowledge it -> {
                acknowledgements++;
                pausesAsked += it.retryAfterMillis() > 0 ? 1 : 0;
            }
            case Expected it -> {
                resendsAsked++;
                pausesAsked += it.retryAfterMillis() > 0 ? 1 : 0;
            }
            case Renew it -> epochsEnded++;
            case Welcome it -> {}
            case Taken it -> {}
            case NotEnrolled it -> {}
        }
    }

    /** Devices that the fleet has answered on the connection of now. */
    int welcome() {
        return welcome;
    }

    /** Devices that it has ever answered. */
    int everWelcome() {
        return everWelcome;
    }

    long connectionsLost() {
        return connectionsLost;
    }

    long connectionsFailed() {
        return connectionsFailed;
    }

    long acknowledgements() {
        return acknowledgements;
    }

    long resendsAsked() {
        return resendsAsked;
    }

    long pausesAsked() {
        return pausesAsked;
    }

    long epochsEnded() {
        return epochsEnded;
    }

    /** Messages of the fleet, so that who waits sees that it is there. */
    long messages() {
        return told;
    }

    LinkEvent.@Nullable Disconnected lastLoss() {
        return lastLoss;
    }

    /** That somebody else uses the name of a device; null while nobody does. */
    LinkEvent.@Nullable Disconnected taken() {
        return taken;
    }

    Latencies latencies() {
        return Objects.requireNonNull(latencies);
    }

    /** The same since it was cleared. */
    Latencies lately() {
        return lately;
    }
}
