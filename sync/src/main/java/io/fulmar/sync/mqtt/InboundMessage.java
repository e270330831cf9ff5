package io.fulmar.sync.mqtt;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message that was received.
 *
 * @param userProperties the last value of each name
 * @param retained whether the broker had it stored before this link subscribed
 * @param receivedNanos when it came in, on the clock of {@link System#nanoTime}
 *     <p>Immutable, as long as nobody writes into the arrays, which are not copied.
 */
@SuppressWarnings("ArrayRecordComponent")
public record InboundMessage(
        String topic,
        byte[] payload,
        @Nullable String contentType,
        Map<String, String> userProperties,
        @Nullable String responseTopic,
        byte @Nullable [] correlation,
        boolean retained,
        long receivedNanos) {

    /** One that has come in now. */
    public InboundMessage(
            String topic,
            byte[] payload,
            @Nullable String contentType,
            Map<String, String> userProperties,
            @Nullable String responseTopic,
            byte @Nullable [] correlation,
            boolean retained) {
        this(topic, payload, contentType, userProperties, responseTopic, correlation, retained, System.nanoTime());
    }
}
