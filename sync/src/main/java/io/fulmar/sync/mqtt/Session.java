package io.fulmar.sync.mqtt;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a link knows of one connection: its window, how much waits for the listener, and what happened on it, in order.
 *
 * <p>Everything that can grow is counted here. Messages at QoS 1 that wait are bounded by the receive maximum that the
 * broker was told, and by their bytes. Not every broker keeps to it: Mosquitto 2.0.11 answers each acknowledgement with as many messages as
 * the maximum allows in all. So a message that finds no place waits on the client's own thread, which lets TCP slow the
 * broker down. Messages at QoS 0 have no such brake, and the newest is dropped and counted.
 *
 * <p>Thread-safe.
 */
final class Session implements Connection.Observer {
    /** Something that happened, waiting to be handled by the thread that drives the link. */
    sealed interface Signal {
        Session session();

        record Opened(Session session, boolean sessionPresent, int receiveMaximum, long maximumPacketSize)
                implements Signal {}

        record Subscribed(Session session, List<LinkEvent.Unsubscribed> refused) implements Signal {}

        record Received(Session session, InboundMessage message, int qos, Runnable acknowledge) implements Signal {}

        record Settled(Session session, long token, int reasonCode) implements Signal {}

        record Lost(Session session, Loss loss) implements Signal {}
    }

    private final Queue<Signal> signals;
    private final Tally tally;
    private final Duration patience;
    private final Runnable wakeUp;
    private final Room[] rooms;
    private final AtomicInteger free = new AtomicInteger();
    private final AtomicInteger broken = new AtomicInteger();

    /**
     * @param inboundQueue how many messages may wait for the listener, at each QoS
     * @param patience how long a message at QoS 1 waits for a place before the connection is given up
     * @param wakeUp run after each signal
     */
    Session(Queue<Signal> signals, Tally tally, int inboundQueue, Duration patience, Runnable wakeUp) {
        this.signals = signals;
        this.tally = tally;
        this.patience = patience;
        this.wakeUp = wakeUp;
        this.rooms = new Room[] {new Room(inboundQueue), new Room(inboundQueue)};
    }

    @Override
    public void opened(boolean sessionPresent, int receiveMaximum, long maximumPacketSize) {
        tell(new Signal.Opened(this, sessionPresent, receiveMaximum, maximumPacketSize));
    }

    @Override
    public void subscribed(List<LinkEvent.Unsubscribed> refused) {
        tell(new Signal.Subscribed(this, refused));
    }

    @Override
    public void received(InboundMessage message, int qos, Runnable acknowledge) {
        if (!intact()) {
            return;
        }
        if (rooms[qos].enter(message, qos == 0 ? Duration.ZERO : patience)) {
            tell(new Signal.Received(this, message, qos, acknowledge));
        } else if (qos == 0) {
            tally.dropped.increment();
        } else {
            lost(new Loss(
                    LinkEvent.Kind.LIMIT,
                    "received messages were not handled for " + patience,
                    "the process is overloaded or stuck: look at its log and at what it waits for"));
        }
    }

    @Override
    public void settled(long token, int reasonCode) {
        free.incrementAndGet();
        tell(new Signal.Settled(this, token, reasonCode));
    }

    @Override
    public void lost(Loss loss) {
        if (broken.getAndIncrement() == 0) {
            rooms[1].open();
            tell(new Signal.Lost(this, loss));
        }
    }

    /** Notes that nobody listens any more. */
    void end() {
        if (broken.getAndIncrement() == 0) {
            rooms[1].open();
        }
    }

    private void tell(Signal signal) {
        signals.add(signal);
        wakeUp.run();
    }

    /** Opens the window for sending. */
    void allow(int window) {
        free.set(window);
    }

    /** Takes a place in the window, if one is free. */
    boolean take() {
        int was = free.getAndUpdate(n -> n > 0 ? n - 1 : n);
        return was > 0;
    }

    void giveBack() {
        free.incrementAndGet();
    }

    boolean intact() {
        return broken.get() == 0;
    }

    /** Notes that a received message has reached the listener. */
    void delivered(Signal.Received received) {
        rooms[received.qos()].leave(received.message());
    }
}
