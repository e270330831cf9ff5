package io.fulmar.sync.mqtt;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message to publish.
 *
 * @param qos 0 or 1; Fulmar's exactly-once is its own, above the broker, so 2 is not used
 * @param userProperties in the order to send them
 * @param expiry after which the broker may drop it; whole seconds
 * @param token the sender's own number, given back in {@link LinkEvent.Published}
 *     <p>Immutable, as long as nobody writes into the arrays, which are not copied.
 */
@SuppressWarnings("ArrayRecordComponent")
public record OutboundMessage(
        String topic,
        byte[] payload,
        int qos,
        boolean retain,
        @Nullable String contentType,
        Map<String, String> userProperties,
        @Nullable String responseTopic,
        byte @Nullable [] correlation,
        @Nullable Duration expiry,
        long token) {

    public OutboundMessage {
        if (topic.isEmpty() || topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0 || topic.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a topic to publish to: '" + topic + "'");
        }
        if (qos != 0 && qos != 1) {
            throw new IllegalArgumentException("QoS must be 0 or 1, not " + qos);
        }
        if (correlation != null && correlation.length > Limits.CORRELATION_BYTES) {
            throw new IllegalArgumentException("correlation data of " + correlation.length + " bytes, at most "
                    + Limits.CORRELATION_BYTES + " are allowed");
        }
    }

    /** A message with nothing but a payload. */
    public static OutboundMessage of(String topic, byte[] payload, int qos, boolean retain, long token) {
        return new OutboundMessage(topic, payload, qos, retain, null, Map.of(), null, null, null, token);
    }

    /** The same message with a content type and user properties. */
    public OutboundMessage describedAs(@Nullable String type, Map<String, String> properties) {
        return new OutboundMessage(
                topic, payload, qos, retain, type, properties, responseTopic, correlation, expiry, token);
    }

    /** The same message with correlation data, by which the one who asked knows what it answers. */
    public OutboundMessage answering(byte @Nullable [] data) {
        return new OutboundMessage(
                topic, payload, qos, retain, contentType, userProperties, responseTopic, data, expiry, token);
    }
}
