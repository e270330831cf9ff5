package io.fulmar.sync.mqtt;

import java.util.List;

/**
 * One connection to a broker, from the first byte to the last; a link opens one after the other and never uses one twice.
 *
 * <p>{@link #send} is thread-safe; the rest belongs to the thread that drives the link.
 */
interface Connection {
    /** Asks for all filters at QoS 1; the answer comes to the observer, and only a refused need is a loss. */
    void subscribe(List<String> needs, List<String> wishes);

    /** Asks for nothing of these filters any more. */
    void unsubscribe(List<String> filters);

    /** Hands a message over without blocking; false if the connection is gone. */
    boolean send(OutboundMessage message);

    /** Sends what was accepted and a DISCONNECT; blocks for a bounded time. */
    void finish();

    /** Lets go of the connection as if the cable was cut, so that the will is published. Does not block. */
    void abandon();

    /** Hears what happens on one connection, on any thread. Its methods only note it down. Thread-safe. */
    interface Observer {
        /** The broker accepted the connection and said what it takes. */
        void opened(boolean sessionPresent, int receiveMaximum, long maximumPacketSize);

        /** Every needed subscription was granted; these wishes were not. */
        void subscribed(List<LinkEvent.Unsubscribed> refused);

        /** A message came in; {@code acknowledge} is to be run when it was delivered, by the thread that drives the link. */
        void received(InboundMessage message, int qos, Runnable acknowledge);

        /** A message that was sent is settled. */
        void settled(long token, int reasonCode);

        /** The connection failed or ended; nothing that comes later counts. */
        void lost(Loss loss);
    }
}
