package io.fulmar.sync.wire;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message as it travels, whatever carries it: the topic, the bytes and the two MQTT 5 properties that describe them.
 * The array is not copied: nobody may change it. Immutable.
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere; a copy of every payload would buy nothing
public record Envelope(
        String topic, byte[] payload, @Nullable String contentType, Map<String, String> userProperties) {
    /** Content type of a batch. */
    public static final String PROTOBUF = "application/x-protobuf";

    /** Content type of everything else. */
    public static final String JSON = "application/json";

    /** User property that names the encoding of the payload. */
    public static final String ENCODING = "enc";

    /** Value of {@link #ENCODING} for raw deflate (RFC 1951). */
    public static final String DEFLATE = "deflate";

    public Envelope {
        userProperties = Map.copyOf(userProperties);
    }
}
