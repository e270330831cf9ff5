package io.fulmar.sync.mqtt;

/** What a link tells its listener. Immutable. */
public sealed interface LinkEvent {
    /**
     * The connection is up and every needed subscription was granted.
     *
     * @param maximumPacketSize bytes of a whole packet that the broker takes
     */
    record Connected(boolean sessionPresent, long maximumPacketSize) implements LinkEvent {}

    /** What kind of cause ended a connection, for those who react to it; a person reads reason and hint. Immutable. */
    enum Kind {
        /** The broker could not be reached, did not answer in time, or the network failed. */
        NETWORK,
        /** The broker closed a connection that was up, and did not say why: it was stopped, or another client came. */
        CLOSED,
        /** The broker said that it does not want this connection, for another reason than those below. */
        REFUSED,
        /** The broker refused the user name, the password or what the client wanted to do. */
        NOT_AUTHORISED,
        /** Another client connected with the same client id, as the broker says or as it looks. */
        TAKEN_OVER,
        /** The two ends did not agree on an encrypted connection: certificate, host name, validity, version. */
        TLS,
        /** A file or a setting of this client cannot be used: certificate, key, password. */
        SETTINGS,
        /** This process gave the connection up, because a message was too large or nobody took what was received. */
        LIMIT
    }

    /**
     * The connection was lost, or an attempt to connect failed. What was accepted and not yet {@link Published} is
     * unknown. The link tries again by itself after its back-off.
     *
     * @param reason what happened, and where
     * @param hint what the operator can do about it
     */
    record Disconnected(Kind kind, String reason, String hint) implements LinkEvent {
        /** What a reason says where a certificate is of a future that this machine's clock has not reached. */
        static final String NOT_YET_VALID = " is not valid before ";

        /** Whether a clock of this machine that is behind may be the cause. */
        public boolean doubtsTheClock() {
            return kind == Kind.TLS && reason.contains(NOT_YET_VALID);
        }
    }

    /**
     * The broker refused one of the {@link LinkConfig#wishes}; the connection is up without it. Comes after {@link
     * Connected}.
     */
    record Unsubscribed(String filter, String reason, String hint) implements LinkEvent {}

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
