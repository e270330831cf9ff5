package io.fulmar.sync.mqtt;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How many bytes a message takes as an MQTT 5 PUBLISH packet. Immutable. */
final class PacketSize {
    /** Paho may add a topic alias when the broker offers them. */
    private static final int TOPIC_ALIAS = 3;

    private static final int PAYLOAD_FORMAT = 2;
    private static final int EXPIRY = 5;
    private static final int PACKET_ID = 2;

    private PacketSize() {}

    /** The size, counting what the client may add by itself. */
    static long atMost(OutboundMessage message) {
        long properties = TOPIC_ALIAS + PAYLOAD_FORMAT;
        properties += property(message.contentType()) + property(message.responseTopic());
        byte[] correlation = message.correlation();
        if (correlation != null) {
            properties += 3 + correlation.length;
        }
        if (message.expiry() != null) {
            properties += EXPIRY;
        }
        for (var user : message.userProperties().entrySet()) {
            properties += 1 + text(user.getKey()) + text(user.getValue());
        }
        long remaining = text(message.topic())
                + (message.qos() > 0 ? PACKET_ID : 0)
                + lengthOfLength(properties)
                + properties
                + message.payload().length;
        return 1 + lengthOfLength(remaining) + remaining;
    }

    private static long property(@Nullable String value) {
        return value == null ? 0 : 1 + text(value);
    }

    private static long text(String value) {
        return 2L + value.getBytes(StandardCharsets.UTF_8).length;
    }

    private static int lengthOfLength(long length) {
        if (length < 1 << 7) {
            return 1;
        }
        if (length < 1 << 14) {
            return 2;
        }
        return length < 1 << 21 ? 3 : 4;
    }
}
