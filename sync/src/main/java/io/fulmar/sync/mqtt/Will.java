package io.fulmar.sync.mqtt;

import org.jspecify.annotations.Nullable;

/**
 * What the broker publishes in the link's name when the connection ends without a DISCONNECT.
 *
 * <p>Immutable, as long as nobody writes into the payload, which is not copied.
 */
@SuppressWarnings("ArrayRecordComponent")
public record Will(
        String topic,
        byte[] payload,
        int qos,
        boolean retain,
        @Nullable String contentType) {
    public Will {
        if (qos != 0 && qos != 1) {
            throw new IllegalArgumentException("QoS must be 0 or 1, not " + qos);
        }
    }
}
