package io.fulmar.sync.mqtt;

import java.time.Duration;

/** The limits of the link. Immutable. */
public final class Limits {
    /** Unsettled messages at most; the broker may ask for fewer. */
    public static final int WINDOW = 16;

    /** Received messages that wait for the listener, unless configured. */
    public static final int INBOUND_QUEUE = 256;

    /** A larger receive maximum cannot be said with Paho. */
    public static final int INBOUND_QUEUE_MAX = 32_767;

    /** Paho writes the length as a signed number. */
    public static final int CORRELATION_BYTES = 32_767;

    /** What MQTT itself can say in a packet, when the broker names no limit: 256 MiB. */
    public static final long PACKET_BYTES = 268_435_460;

    /** The largest packet that is received, unless configured. */
    public static final long INBOUND_PACKET_BYTES = 1 << 20;

    /** Bytes of received messages that wait for the listener, at each QoS; a single message may be larger. */
    public static final int INBOUND_WAITING_BYTES = 8 << 20;

    /** Bytes of a file with certificates or a key; all authorities that a Debian trusts take a quarter of it. */
    static final int PEM_BYTES = 1 << 20;

    /** The longest that {@link Link#work} blocks its caller. */
    public static final Duration WORK_BOUND = Duration.ofSeconds(2);

    /** The longest that {@link Link#close} takes. */
    public static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

    private Limits() {}
}
