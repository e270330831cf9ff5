package io.fulmar.sync.mqtt;

/** What a link tells its listener. Immutable. */
public sealed interface LinkEvent {
    /**
     * The connection is up and every subscription was granted.
     *
     * @param maximumPacketSize bytes of a whole packet that the broker takes
     */
    record Connected(boolean sessionPresent, long maximumPacketSize) implements LinkEvent {}

    /**
     * The connection was lost, or an attempt to connect failed. What was accepted and not yet {@link Published} is
     * unknown. The link tries again by itself after its back-off.
     *
     * @param reason what happened, and where
     * @param hint what the operator can do about it
     */
    record Disconnected(String reason, String hint) implements LinkEvent {}

    /** A message came in. At QoS 1 the broker gets its acknowledgement when the listener has returned. */
    record Received(InboundMessage message) implements LinkEvent {}

    /**
     * An accepted message is settled: the broker answered (QoS 1), or it was written to the socket (QoS 0). This is not
     * delivery: a broker may acknowledge and drop.
     *
     * @param token the token of the {@link OutboundMessage}
     * @param reasonCode MQTT 5 reason code; below 128 the broker took the message
     */
    record Published(long token, int reasonCode) implements LinkEvent {
        /** Whether the broker took the message. */
        public boolean taken() {
            return reasonCode < 0x80;
        }
    }
}
